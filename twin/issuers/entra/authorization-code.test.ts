import { createHash, randomBytes } from "node:crypto";
import { deskAgent, entraResource, loginApp, redirectUri, tenantId } from "../testing/entra-resources";
import { codeOf, type LoginFixture, publicOrigin, reachableRedirect, startLogin } from "../testing/login-fixture";

describe("an authorization code of Entra", () => {
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

  it.each([
    ["another path", `${reachableRedirect}/`],
    ["another host", reachableRedirect.replace("auth.cloud.google", "auth.cloud.google.example.com")],
    ["a query more", `${reachableRedirect}?next=https://example.com`],
    ["another case", reachableRedirect.replace("signin", "SIGNIN")],
  ])("refuses a redirect URI with %s and sends nothing there", async (_name, uri) => {
    const page = await login.browser.open(login.authorizeUrl({ redirect_uri: uri }));
    expect(page.status).toBe(400);
    expect(page.url.origin).toBe(publicOrigin);
    expect(page.text).toContain("AADSTS50011");
  });

  it("takes a redirect URI in its real form and sends the browser to where the twin serves it", async () => {
    const callback = await login.signIn(deskAgent.key, { redirect_uri: redirectUri });
    expect(callback.url.href).toContain(reachableRedirect);
    expect((await login.redeem({ code: codeOf(callback), redirect_uri: redirectUri })).status).toBe(200);
  });

  it("refuses a second redirect URI beside a good one", async () => {
    const page = await login.browser.open(`${login.authorizeUrl()}&redirect_uri=https%3A%2F%2Fexample.com`);
    expect(page.text).toContain("AADSTS9002313");
  });

  it("refuses an application that is not in the directory, with its name escaped", async () => {
    const page = await login.browser.open(login.authorizeUrl({ client_id: "<script>alert(1)</script>" }));
    expect(page.text).toContain("AADSTS700016");
    expect(page.text).not.toContain("<script>");
  });

  it("refuses a wrong client secret and does not use up the code", async () => {
    const code = codeOf(await login.signIn(deskAgent.key));
    const wrong = await login.redeem({ code, client_secret: "guessed" });
    expect(wrong).toMatchObject({ status: 401, body: { error: "invalid_client", error_codes: [7000215] } });
    expect((await login.redeem({ code })).status).toBe(200);
  });

  it("takes each of several passwords, also by HTTP Basic, and refuses an expired one", async () => {
    const password = (name: string, value: string, end: string) =>
      login.store.put(
        entraResource("azuread_application_password", name, {
          application_id: "/applications/login",
          value,
          end_date: end,
        }),
      );
    password("second", "second secret+", "2999-01-01T00:00:00Z");
    password("former", "former-secret", "2020-01-01T00:00:00Z");
    const code = codeOf(await login.signIn(deskAgent.key));
    expect((await login.redeem({ code, client_secret: "former-secret" })).body["error_codes"]).toEqual([7000222]);
    const basic = Buffer.from(`${loginApp.clientId}:${encodeURIComponent("second secret+")}`).toString("base64");
    const response = await fetch(`${login.served.origin}/${tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: "authorization_code", redirect_uri: reachableRedirect, code }),
    });
    expect(response.status).toBe(200);
  });

  it("redeems a code once only", async () => {
    const code = codeOf(await login.signIn(deskAgent.key));
    expect((await login.redeem({ code })).status).toBe(200);
    expect(await login.redeem({ code })).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_codes: [54005] },
    });
  });

  it("refuses an unknown code and one past its ten minutes", async () => {
    expect((await login.redeem({ code: "guessed" })).body["error_codes"]).toEqual([70000]);
    const code = codeOf(await login.signIn(deskAgent.key));
    const now = Date.now();
    jest.spyOn(Date, "now").mockImplementation(() => now + 11 * 60_000);
    expect((await login.redeem({ code })).body["error_codes"]).toEqual([70008]);
  });

  it("holds a client to its code challenge", async () => {
    const verifier = randomBytes(32).toString("base64url");
    const challenge = {
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    const stolen = codeOf(await login.signIn(deskAgent.key, challenge));
    expect((await login.redeem({ code: stolen })).body["error_codes"]).toEqual([501481]);
    const code = codeOf(await login.browser.open(login.authorizeUrl(challenge)));
    expect((await login.redeem({ code, code_verifier: verifier })).status).toBe(200);
  });

  it("keeps sessions, and codes under way, when the signing key changes", async () => {
    const code = codeOf(await login.signIn(deskAgent.key));
    login.entra.issuer.rotate();
    const { body } = await login.redeem({ code });
    expect((await login.claimsOf(body["id_token"]))["oid"]).toBe(deskAgent.entraObjectId);
    expect(codeOf(await login.browser.open(login.authorizeUrl()))).not.toBe("");
  });

  it("records no code and no token", async () => {
    const code = codeOf(await login.signIn(deskAgent.key));
    await login.redeem({ code });
    expect(JSON.stringify(login.decisions)).not.toContain(code);
    expect(JSON.stringify(login.decisions)).not.toMatch(/eyJ/);
  });
});
