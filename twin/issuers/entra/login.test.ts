import { entraIssuer } from "../../../facts/entra";
import { TestBrowser } from "../testing/browser";
import {
  deskAgent,
  employees,
  entraResource,
  guest,
  loginApp,
  manager,
  serviceDesk,
  tenantId,
} from "../testing/entra-resources";
import { jsonAnswer } from "../testing/json-answer";
import {
  codeOf,
  endpoint,
  type LoginFixture,
  publicOrigin,
  reachableRedirect,
  startLogin,
} from "../testing/login-fixture";

describe("the interactive login of Entra", () => {
  let login: LoginFixture;
  let printed: string[];
  beforeAll(async () => {
    login = await startLogin();
  });
  beforeEach(() => {
    printed = [];
    for (const method of ["log", "info", "warn", "error"] as const) {
      jest.spyOn(console, method).mockImplementation((...words) => void printed.push(words.join(" ")));
    }
    login.reset();
  });
  afterEach(() => {
    // oidc-provider must have nothing to warn of.
    expect(printed).toEqual([]);
    jest.restoreAllMocks();
  });
  afterAll(() => login.close());

  it("signs a person in and gives an ID token of version 2.0 with the groups assigned to the application", async () => {
    const callback = await login.signIn(deskAgent.key);
    expect(callback.url.href).toContain(`${reachableRedirect}?`);
    expect(callback.url.searchParams.get("state")).toBe("the-state");

    const { status, body } = await login.redeem({ code: codeOf(callback) });
    expect(status).toBe(200);
    const claims = await login.claimsOf(body["id_token"]);
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
    const page = await login.browser.open(login.authorizeUrl());
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
    await login.signIn(deskAgent.key);
    expect(login.browser.cookies.size).toBeGreaterThan(0);
    for (const { attributes } of login.browser.cookies.values()) {
      expect(attributes).toMatch(/secure/i);
      expect(attributes).toMatch(/httponly/i);
      expect(attributes).toMatch(/samesite=lax/i);
    }
  });

  it("signs a person with a session in without asking again", async () => {
    await login.signIn(deskAgent.key);
    const again = await login.browser.open(login.authorizeUrl());
    expect(codeOf(again)).not.toBe("");
  });

  it.each(["login", "select_account"])("asks again for prompt=%s, and another account can be taken", async (prompt) => {
    await login.signIn(deskAgent.key);
    const page = await login.browser.open(login.authorizeUrl({ prompt }));
    expect(page.text).toContain("Pick an account");
    expect(page.text).toContain("signed in");
    // A change of account ends the former session first, by a form that sends itself.
    const ending = await login.browser.submit(page, { person: manager.key });
    const { body } = await login.redeem({ code: codeOf(await login.browser.submit(ending)) });
    expect((await login.claimsOf(body["id_token"]))["oid"]).toBe(manager.entraObjectId);
  });

  it("refuses a silent sign-in without a session", async () => {
    const answer = await login.browser.open(login.authorizeUrl({ prompt: "none" }));
    expect(answer.url.searchParams.get("error")).toBe("login_required");
  });

  it("refuses a person who is not assigned to the application, by the page of AADSTS50105", async () => {
    const page = await login.signIn(guest.key);
    expect(page.status).toBe(403);
    expect(page.text).toContain("AADSTS50105");
    expect(page.text).toContain("guest@ailab.com");
    expect(login.decisions).toContainEqual(
      expect.objectContaining({ by: "entra", outcome: "refused", reason: expect.stringContaining("AADSTS50105") }),
    );
    const choice = await login.browser.open(new URL("?choose", page.url));
    expect(choice.text).toContain("Pick an account");
    const ending = await login.browser.submit(choice, { person: deskAgent.key });
    expect(codeOf(await login.browser.submit(ending))).not.toBe("");
  });

  it("refuses a session whose person lost the assignment", async () => {
    await login.signIn(manager.key);
    login.store.remove("dev", `azuread_app_role_assignment.login_${employees}`);
    const page = await login.browser.open(login.authorizeUrl());
    expect(page.text).toContain("AADSTS50105");
  });

  it("lists all groups of a person for SecurityGroup and none without the setting", async () => {
    const registration = (claims: string[]) =>
      login.store.put(
        entraResource("azuread_application_registration", "login", {
          id: "/applications/login",
          client_id: loginApp.clientId,
          display_name: "ailab login",
          group_membership_claims: claims,
        }),
      );
    registration(["SecurityGroup"]);
    const all = await login.redeem({ code: codeOf(await login.signIn(deskAgent.key)) });
    expect((await login.claimsOf(all.body["id_token"]))["groups"]).toEqual(deskAgent.entraGroups);
    registration([]);
    const none = await login.redeem({ code: codeOf(await login.browser.open(login.authorizeUrl())) });
    expect(await login.claimsOf(none.body["id_token"])).not.toHaveProperty("groups");
  });

  it("serves the login page only to the browser that began the sign-in", async () => {
    const page = await login.browser.open(login.authorizeUrl());
    const stranger = new TestBrowser(login.served.origin, publicOrigin);
    expect((await stranger.open(page.url)).text).toContain("AADSTS165000");
    const forged = await stranger.open(page.url, { method: "POST", form: { person: deskAgent.key } });
    expect(forged.status).toBe(400);
  });

  it("refuses a person who is not on the list", async () => {
    const page = await login.browser.open(login.authorizeUrl());
    expect((await login.browser.submit(page, { person: "somebody-else" })).status).toBe(400);
  });

  it("tells the application of a cancelled sign-in", async () => {
    const answer = await login.browser.submit(await login.browser.open(login.authorizeUrl()), { cancel: "yes" });
    expect(answer.url.searchParams.get("error")).toBe("access_denied");
  });

  it("asks before it ends the session, and then asks who one is", async () => {
    await login.signIn(deskAgent.key);
    const page = await login.browser.open(endpoint("logout"));
    expect(page.text).toContain("Do you want to sign out?");
    expect((await login.browser.submit(page, { logout: "yes" })).text).toContain("You signed out");
    expect((await login.browser.open(login.authorizeUrl())).text).toContain("Pick an account");
  });

  it("takes scheme and host from the front and never from the client", async () => {
    const response = await fetch(`${login.served.origin}/${tenantId}/oauth2/v2.0/logout`, {
      headers: { "x-forwarded-host": "evil.example", "x-forwarded-proto": "http" },
    });
    expect(await response.text()).not.toContain("evil.example");
  });

  it("publishes the real issuer and reachable endpoints", async () => {
    const response = await fetch(`${login.served.origin}/${tenantId}/v2.0/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: entraIssuer(tenantId),
      authorization_endpoint: endpoint("authorize"),
      token_endpoint: endpoint("token"),
    });
  });

  it("does not know other tenants", async () => {
    const answer = await jsonAnswer(await fetch(`${login.served.origin}/common/oauth2/v2.0/authorize`));
    expect(answer.body["error_codes"]).toEqual([90002]);
  });

  it("gives the same ID token without a browser, under the same rule of assignment", async () => {
    const claims = await login.claimsOf(await login.entra.idTokenFor(deskAgent.key, loginApp.clientId));
    expect(claims).toMatchObject({ oid: deskAgent.entraObjectId, groups: [employees, serviceDesk] });
    await expect(login.entra.idTokenFor(guest.key, loginApp.clientId)).rejects.toThrow("AADSTS50105");
  });
});
