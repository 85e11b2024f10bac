import { createHash, randomBytes } from "node:crypto";
import { createLocalJWKSet, jwtVerify } from "jose";
import { entraIssuer } from "../../../facts/entra";
import { type Decision, DecisionLog } from "../../events";
import { ResourceStore } from "../../store/resource-store";
import { type BrowserAnswer, TestBrowser } from "../testing/browser";
import {
  deskAgent,
  employees,
  entraResource,
  entraStore,
  guest,
  loginApp,
  loginSecret,
  manager,
  people,
  redirectUri,
  serviceDesk,
  tenantId,
} from "../testing/entra-resources";
import { type ServedHost, serveHost } from "../testing/serve-host";
import { createEntra, type Entra } from "./entra";

const publicOrigin = "https://login.microsoftonline.com.localhost:8443";
const reachableRedirect = redirectUri.replace("auth.cloud.google", "auth.cloud.google.localhost:8443");
const endpoint = (name: string): string => `${publicOrigin}/${tenantId}/oauth2/v2.0/${name}`;

/** What is printed from now on; oidc-provider must have nothing to warn of. */
function watchConsole(): string[] {
  const printed: string[] = [];
  for (const method of ["log", "info", "warn", "error"] as const) {
    jest.spyOn(console, method).mockImplementation((...words) => void printed.push(words.join(" ")));
  }
  return printed;
}

describe("the interactive login of Entra", () => {
  let store: ResourceStore;
  let entra: Entra;
  let served: ServedHost;
  let browser: TestBrowser;
  let decisions: Decision[];
  let printed: string[];

  beforeAll(async () => {
    store = new ResourceStore();
    const log = new DecisionLog();
    log.subscribe((decision) => decisions.push(decision));
    entra = createEntra({
      store,
      people,
      tenantId,
      decisions: log,
      publicOrigin: (host) => `https://${host}.localhost:8443`,
      groupNames: { [employees]: "Employees" },
    });
    served = await serveHost(entra.host);
  });
  beforeEach(() => {
    for (const resource of store.all()) store.remove(resource.stack, resource.address);
    for (const resource of entraStore("").all()) store.put(resource);
    decisions = [];
    printed = watchConsole();
    browser = new TestBrowser(served.origin, publicOrigin);
  });
  afterEach(() => {
    expect(printed).toEqual([]);
    jest.restoreAllMocks();
  });
  afterAll(() => served.close());

  const authorizeUrl = (change: Record<string, string | undefined> = {}): string => {
    const query = new URLSearchParams();
    const parameters = {
      client_id: loginApp.clientId,
      response_type: "code",
      redirect_uri: reachableRedirect,
      scope: "openid profile email",
      state: "the-state",
      nonce: "the-nonce",
      ...change,
    };
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
    return `${endpoint("authorize")}?${query}`;
  };
  const redeem = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${served.origin}/${tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      headers,
      body: new URLSearchParams({
        grant_type: "authorization_code",
        redirect_uri: reachableRedirect,
        client_id: loginApp.clientId,
        client_secret: loginSecret,
        ...fields,
      }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const signIn = async (person: string, change: Record<string, string | undefined> = {}): Promise<BrowserAnswer> =>
    browser.submit(await browser.open(authorizeUrl(change)), { person });
  const codeOf = (answer: BrowserAnswer): string => answer.url.searchParams.get("code") ?? "";
  const claimsOf = async (idToken: unknown) => {
    const keys = await (await fetch(`${served.origin}/${tenantId}/discovery/v2.0/keys`)).json();
    const verified = await jwtVerify(String(idToken), createLocalJWKSet(keys as { keys: [] }), {
      issuer: entraIssuer(tenantId),
      audience: loginApp.clientId,
      algorithms: ["RS256"],
    });
    return verified.payload;
  };

  it("signs a person in and gives an ID token of version 2.0 with the groups assigned to the application", async () => {
    const callback = await signIn(deskAgent.key);
    expect(callback.url.href).toContain(`${reachableRedirect}?`);
    expect(callback.url.searchParams.get("state")).toBe("the-state");

    const { status, body } = await redeem({ code: codeOf(callback) });
    expect(status).toBe(200);
    const claims = await claimsOf(body["id_token"]);
    expect(claims).toMatchObject({
      iss: entraIssuer(tenantId),
      aud: loginApp.clientId,
      oid: deskAgent.entraObjectId,
      tid: tenantId,
      ver: "2.0",
      nonce: "the-nonce",
      name: deskAgent.displayName,
      preferred_username: deskAgent.email,
      email: deskAgent.email,
      groups: [employees, serviceDesk],
    });
    expect(claims.sub).not.toBe(deskAgent.entraObjectId);
  });

  it("lists the people with what they belong to, escaped, without script and not to be framed", async () => {
    const page = await browser.open(authorizeUrl());
    expect(page.status).toBe(200);
    expect(page.text).toContain("Service desk agent");
    expect(page.text).toContain("Employees");
    expect(page.text).toContain("Manager &#60;of&#62; marketing");
    expect(page.text).not.toContain("<of>");
    expect(page.text).not.toContain("<script");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  it("sets only cookies that are secure and out of reach of scripts", async () => {
    await signIn(deskAgent.key);
    expect(browser.cookies.size).toBeGreaterThan(0);
    for (const { attributes } of browser.cookies.values()) {
      expect(attributes).toMatch(/secure/i);
      expect(attributes).toMatch(/httponly/i);
      expect(attributes).toMatch(/samesite=lax/i);
    }
  });

  it("signs a person with a session in without asking again", async () => {
    await signIn(deskAgent.key);
    const again = await browser.open(authorizeUrl());
    expect(codeOf(again)).not.toBe("");
  });

  it.each(["login", "select_account"])("asks again for prompt=%s, and another account can be taken", async (prompt) => {
    await signIn(deskAgent.key);
    const page = await browser.open(authorizeUrl({ prompt }));
    expect(page.text).toContain("Pick an account");
    expect(page.text).toContain("signed in");
    // A change of account ends the former session first, by a form that sends itself.
    const ending = await browser.submit(page, { person: manager.key });
    const { body } = await redeem({ code: codeOf(await browser.submit(ending)) });
    expect((await claimsOf(body["id_token"]))["oid"]).toBe(manager.entraObjectId);
  });

  it("refuses a silent sign-in without a session", async () => {
    const answer = await browser.open(authorizeUrl({ prompt: "none" }));
    expect(answer.url.searchParams.get("error")).toBe("login_required");
  });

  it("refuses a person who is not assigned to the application, by the page of AADSTS50105", async () => {
    const page = await signIn(guest.key);
    expect(page.status).toBe(403);
    expect(page.text).toContain("AADSTS50105");
    expect(page.text).toContain("guest@ailab.com");
    expect(decisions).toContainEqual(
      expect.objectContaining({ by: "entra", outcome: "refused", reason: expect.stringContaining("AADSTS50105") }),
    );
    const choice = await browser.open(new URL("?choose", page.url));
    expect(choice.text).toContain("Pick an account");
    const ending = await browser.submit(choice, { person: deskAgent.key });
    expect(codeOf(await browser.submit(ending))).not.toBe("");
  });

  it("refuses a session whose person lost the assignment", async () => {
    await signIn(manager.key);
    store.remove("dev", `azuread_app_role_assignment.login_${employees}`);
    const page = await browser.open(authorizeUrl());
    expect(page.text).toContain("AADSTS50105");
  });

  it("lists all groups of a person for SecurityGroup and none without the setting", async () => {
    const registration = (claims: string[]) =>
      store.put(
        entraResource("azuread_application_registration", "login", {
          id: "/applications/login",
          client_id: loginApp.clientId,
          display_name: "ailab login",
          group_membership_claims: claims,
        }),
      );
    registration(["SecurityGroup"]);
    const all = await redeem({ code: codeOf(await signIn(deskAgent.key)) });
    expect((await claimsOf(all.body["id_token"]))["groups"]).toEqual(deskAgent.entraGroups);
    registration([]);
    const none = await redeem({ code: codeOf(await browser.open(authorizeUrl())) });
    expect(await claimsOf(none.body["id_token"])).not.toHaveProperty("groups");
  });

  it.each([
    ["another path", `${reachableRedirect}/`],
    ["another host", reachableRedirect.replace("auth.cloud.google", "auth.cloud.google.example.com")],
    ["a query more", `${reachableRedirect}?next=https://example.com`],
    ["another case", reachableRedirect.replace("signin", "SIGNIN")],
  ])("refuses a redirect URI with %s and sends nothing there", async (_name, uri) => {
    const page = await browser.open(authorizeUrl({ redirect_uri: uri }));
    expect(page.status).toBe(400);
    expect(page.url.origin).toBe(publicOrigin);
    expect(page.text).toContain("AADSTS50011");
  });

  it("takes a redirect URI in its real form and sends the browser to where the twin serves it", async () => {
    const callback = await signIn(deskAgent.key, { redirect_uri: redirectUri });
    expect(callback.url.href).toContain(reachableRedirect);
    expect((await redeem({ code: codeOf(callback), redirect_uri: redirectUri })).status).toBe(200);
  });

  it("refuses a second redirect URI beside a good one", async () => {
    const page = await browser.open(`${authorizeUrl()}&redirect_uri=https%3A%2F%2Fexample.com`);
    expect(page.text).toContain("AADSTS9002313");
  });

  it("refuses an application that is not in the directory, with its name escaped", async () => {
    const page = await browser.open(authorizeUrl({ client_id: "<script>alert(1)</script>" }));
    expect(page.text).toContain("AADSTS700016");
    expect(page.text).not.toContain("<script>");
  });

  it("refuses a wrong client secret and does not use up the code", async () => {
    const code = codeOf(await signIn(deskAgent.key));
    const wrong = await redeem({ code, client_secret: "guessed" });
    expect(wrong).toMatchObject({ status: 401, body: { error: "invalid_client", error_codes: [7000215] } });
    expect((await redeem({ code })).status).toBe(200);
  });

  it("takes each of several passwords, also by HTTP Basic, and refuses an expired one", async () => {
    const password = (name: string, value: string, end: string) =>
      store.put(
        entraResource("azuread_application_password", name, {
          application_id: "/applications/login",
          value,
          end_date: end,
        }),
      );
    password("second", "second secret+", "2999-01-01T00:00:00Z");
    password("former", "former-secret", "2020-01-01T00:00:00Z");
    const code = codeOf(await signIn(deskAgent.key));
    expect((await redeem({ code, client_secret: "former-secret" })).body["error_codes"]).toEqual([7000222]);
    const basic = Buffer.from(`${loginApp.clientId}:${encodeURIComponent("second secret+")}`).toString("base64");
    const response = await fetch(`${served.origin}/${tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: "authorization_code", redirect_uri: reachableRedirect, code }),
    });
    expect(response.status).toBe(200);
  });

  it("redeems a code once only", async () => {
    const code = codeOf(await signIn(deskAgent.key));
    expect((await redeem({ code })).status).toBe(200);
    expect(await redeem({ code })).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_codes: [54005] },
    });
  });

  it("refuses an unknown code and one past its ten minutes", async () => {
    expect((await redeem({ code: "guessed" })).body["error_codes"]).toEqual([70000]);
    const code = codeOf(await signIn(deskAgent.key));
    const now = Date.now();
    jest.spyOn(Date, "now").mockImplementation(() => now + 11 * 60_000);
    expect((await redeem({ code })).body["error_codes"]).toEqual([70008]);
  });

  it("holds a client to its code challenge", async () => {
    const verifier = randomBytes(32).toString("base64url");
    const challenge = {
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    const stolen = codeOf(await signIn(deskAgent.key, challenge));
    expect((await redeem({ code: stolen })).body["error_codes"]).toEqual([501481]);
    const code = codeOf(await browser.open(authorizeUrl(challenge)));
    expect((await redeem({ code, code_verifier: verifier })).status).toBe(200);
  });

  it("serves the login page only to the browser that began the sign-in", async () => {
    const page = await browser.open(authorizeUrl());
    const stranger = new TestBrowser(served.origin, publicOrigin);
    expect((await stranger.open(page.url)).text).toContain("AADSTS165000");
    const forged = await stranger.open(page.url, { method: "POST", form: { person: deskAgent.key } });
    expect(forged.status).toBe(400);
  });

  it("refuses a person who is not on the list", async () => {
    const page = await browser.open(authorizeUrl());
    expect((await browser.submit(page, { person: "somebody-else" })).status).toBe(400);
  });

  it("tells the application of a cancelled sign-in", async () => {
    const answer = await browser.submit(await browser.open(authorizeUrl()), { cancel: "yes" });
    expect(answer.url.searchParams.get("error")).toBe("access_denied");
  });

  it("asks before it ends the session, and then asks who one is", async () => {
    await signIn(deskAgent.key);
    const page = await browser.open(endpoint("logout"));
    expect(page.text).toContain("Do you want to sign out?");
    expect((await browser.submit(page, { logout: "yes" })).text).toContain("You signed out");
    expect((await browser.open(authorizeUrl())).text).toContain("Pick an account");
  });

  it("keeps sessions, and codes under way, when the signing key changes", async () => {
    const code = codeOf(await signIn(deskAgent.key));
    entra.issuer.rotate();
    const { body } = await redeem({ code });
    expect((await claimsOf(body["id_token"]))["oid"]).toBe(deskAgent.entraObjectId);
    expect(codeOf(await browser.open(authorizeUrl()))).not.toBe("");
  });

  it("takes scheme and host from the front and never from the client", async () => {
    const response = await fetch(`${served.origin}/${tenantId}/oauth2/v2.0/logout`, {
      headers: { "x-forwarded-host": "evil.example", "x-forwarded-proto": "http" },
    });
    expect(await response.text()).not.toContain("evil.example");
  });

  it("publishes the real issuer and reachable endpoints", async () => {
    const response = await fetch(`${served.origin}/${tenantId}/v2.0/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: entraIssuer(tenantId),
      authorization_endpoint: endpoint("authorize"),
      token_endpoint: endpoint("token"),
    });
  });

  it("does not know other tenants", async () => {
    const response = await fetch(`${served.origin}/common/oauth2/v2.0/authorize`);
    expect(((await response.json()) as { error_codes: number[] }).error_codes).toEqual([90002]);
  });

  it("gives the same ID token without a browser, under the same rule of assignment", async () => {
    const claims = await claimsOf(await entra.idTokenFor(deskAgent.key, loginApp.clientId));
    expect(claims).toMatchObject({ oid: deskAgent.entraObjectId, groups: [employees, serviceDesk] });
    await expect(entra.idTokenFor(guest.key, loginApp.clientId)).rejects.toThrow("AADSTS50105");
  });

  it("records no code and no token", async () => {
    const code = codeOf(await signIn(deskAgent.key));
    await redeem({ code });
    expect(JSON.stringify(decisions)).not.toContain(code);
    expect(JSON.stringify(decisions)).not.toMatch(/eyJ/);
  });
});
