import { iapRedirectUri } from "../../facts/google-endpoints";
import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import { appHost, change, entraClientId, oauthClientId, pool, provider } from "./testing/gateway-resources";
import type { TestBrowser } from "./testing/test-browser";

const app = `https://${appHost}/service-desk`;
const signIn = `https://auth.cloud.google/signin/${provider}`;

let fixture: GatewayFixture;
let browser: TestBrowser;

beforeEach(async () => {
  fixture = await startGateway();
  browser = fixture.browser();
});

afterEach(() => fixture.close());

const reason = () => fixture.decisions.at(-1)?.reason;
const request = (parameters: Record<string, string> = {}) =>
  `${signIn}?${new URLSearchParams({ client_id: oauthClientId, redirect_uri: iapRedirectUri(oauthClientId), state: "s", ...parameters })}`;

/** Walks to the identity provider's redirect back, without following it. */
async function callback(): Promise<URL> {
  const begun = await browser.step(request());
  const authorized = await browser.step(String(begun.headers.get("location")));
  return new URL(String(authorized.headers.get("location")));
}

describe("the request to the identity provider", () => {
  it("goes to the tenant's real path with state, nonce and PKCE, and the callback in the twin's form", async () => {
    const visit = await browser.step(request());
    const address = new URL(String(visit.headers.get("location")));

    expect(address.origin).toBe(fixture.front.origin("login.microsoftonline.com"));
    expect(address.pathname).toMatch(/^\/[0-9a-f-]{36}\/oauth2\/v2\.0\/authorize$/);
    expect(Object.fromEntries(address.searchParams)).toEqual({
      client_id: entraClientId,
      response_type: "code",
      response_mode: "query",
      redirect_uri: `${fixture.front.origin("auth.cloud.google")}/signin-callback/${provider}`,
      scope: "openid profile email",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
  });

  it.each([
    ["another client", { client_id: "unknown" }, "invalid_client"],
    ["an address of an attacker", { redirect_uri: "https://evil.example/" }, "redirect_uri_mismatch"],
    [
      "an address that only begins right",
      { redirect_uri: `${iapRedirectUri(oauthClientId)}.evil.example` },
      "redirect_uri_mismatch",
    ],
    ["no address", { redirect_uri: "" }, "redirect_uri_mismatch"],
  ])("is not made for %s; nothing is redirected", async (_case, parameters, code) => {
    const visit = await browser.step(request(parameters));

    expect(visit.status).toBe(400);
    expect(visit.headers.get("location")).toBeNull();
    expect(visit.body).toContain(`Error 400: ${code}`);
  });

  it.each([
    ["a disabled provider", "google_iam_workforce_pool_provider.entra", { disabled: true }],
    ["a disabled pool", "google_iam_workforce_pool.people", { disabled: true }],
    ["a pool that is gone", "google_iam_workforce_pool.people", { name: "locations/global/workforcePools/other" }],
  ])("is not made for %s", async (_case, address, values) => {
    change(fixture.store, address, values);

    expect((await browser.step(request())).status).toBe(403);
    expect(reason()).toContain("the pool or provider is disabled or deleted");
  });

  it("needs the web sign-in to be configured", async () => {
    const found = fixture.store.find("google_iam_workforce_pool_provider", () => true);
    const [oidc] = JSON.parse(JSON.stringify(found?.values["oidc"]));
    change(fixture.store, "google_iam_workforce_pool_provider.entra", { oidc: [{ ...oidc, web_sso_config: [] }] });

    expect((await browser.step(request())).body).toContain("Missing OIDC web single sign-on config.");
  });

  it("is not made where the discovery document speaks for another issuer", async () => {
    fixture.entra.issuer = "https://login.microsoftonline.com/common/v2.0";

    expect((await browser.step(request())).status).toBe(502);
    expect(reason()).toContain("Error connecting to the given credential");
  });
});

describe("the way back from the identity provider", () => {
  it("hands IAP a code and its own state, at the registered address only", async () => {
    const visit = await browser.step((await callback()).href);
    const address = new URL(String(visit.headers.get("location")));

    expect(address.origin + address.pathname).toBe(
      `${fixture.front.origin("iap.googleapis.com")}/v1/oauth/clientIds/${oauthClientId}:handleRedirect`,
    );
    expect(address.searchParams.get("state")).toBe("s");
    expect(address.searchParams.get("code")).toMatch(/^[\w-]{43}$/);
  });

  it("is refused in another browser, a second time, with a changed state, and under another provider", async () => {
    const address = await callback();
    expect((await fixture.browser().step(address.href)).status).toBe(400);
    expect((await browser.step(address.href)).status).toBe(400);

    const victim = fixture.browser();
    await victim.step(request());
    expect((await victim.step((await callback()).href)).status).toBe(400);

    const changed = await callback();
    changed.searchParams.set("state", "A".repeat(43));
    expect((await browser.step(changed.href)).status).toBe(400);

    const elsewhere = await callback();
    elsewhere.pathname = elsewhere.pathname.replace(/providers\/.*$/, "providers/other-01");
    expect((await browser.step(elsewhere.href)).status).toBe(400);
  });

  it("shows the identity provider's own refusal, escaped", async () => {
    const begun = await browser.step(request());
    const visit = await browser.open(`${begun.headers.get("location")}&choose=cancel`);

    expect(visit.status).toBe(403);
    expect(visit.body).toContain("access_denied");
    expect(visit.body).toContain("AADSTS65004: &lt;b&gt;declined&lt;/b&gt;");
  });

  it.each([
    [
      "another issuer",
      { claims: { iss: "https://sts.windows.net/t/" } },
      "The issuer in ID Token https://sts.windows.net/t/ does not match the expected one.",
    ],
    [
      "another audience",
      { claims: { aud: "another" } },
      "The audience in ID Token [another] does not match the expected audience.",
    ],
    [
      "an audience beside ours",
      { claims: { aud: [entraClientId, "another"] } },
      "does not match the expected audience.",
    ],
    ["an end in the past", { claims: { iat: 1, exp: 2 } }, "ID Token issued at 1 is stale to sign-in."],
    ["a start in the future", { claims: { nbf: 99_999_999_999 } }, "is stale to sign-in."],
    ["no time of issue", { claims: { iat: undefined } }, "is stale to sign-in."],
    ["the nonce of another sign-in", { claims: { nonce: "replayed" } }, "Unable to verify the ID Token signature."],
    ["no nonce", { claims: { nonce: undefined } }, "is stale to sign-in."],
    ["a signature by another key", { foreignKey: true }, "Unable to verify the ID Token signature."],
    ["a kid that nobody published", { unknownKid: true }, "Error connecting to the given credential's issuer."],
    [
      "another tenant, which the condition refuses",
      { claims: { tid: "11111111-1111-4111-8111-111111111111" } },
      "The given credential is rejected by the attribute condition.",
    ],
    ["no oid to map", { claims: { oid: undefined } }, "google.subject"],
    [
      "a subject over 127 bytes",
      { claims: { oid: "o".repeat(128) } },
      "The size of mapped attribute google.subject exceeds the 127 bytes limit.",
    ],
  ])("refuses an ID token with %s", async (_case, fault, words) => {
    fixture.entra.fault = fault;
    const visit = await browser.open(app);

    expect(visit.status).toBe(403);
    expect(visit.url.hostname).toBe("auth.cloud.google.localhost");
    expect(reason()).toContain(words);
    expect(fixture.runner.calls).toEqual([]);
  });

  it("refuses where the client secret is not Entra's", async () => {
    const found = fixture.store.find("google_iam_workforce_pool_provider", () => true);
    const [oidc] = JSON.parse(JSON.stringify(found?.values["oidc"]));
    change(fixture.store, "google_iam_workforce_pool_provider.entra", {
      oidc: [{ ...oidc, client_secret: { value: { plain_text: "old" } } }],
    });

    expect((await browser.open(app)).status).toBe(403);
    expect(fixture.decisions.at(-1)?.explanation).toContain("the client secret or the redirect URI may differ");
  });

  it("ends when the pool is disabled in the middle", async () => {
    const address = await callback();
    change(fixture.store, "google_iam_workforce_pool.people", { disabled: true, name: pool });

    expect((await browser.step(address.href)).status).toBe(403);
  });
});

it("serves nothing else", async () => {
  for (const path of [
    "/",
    "/signin/locations/global/workforcePools/P",
    "/signin-callback/x",
    `/signin/${provider}/x`,
  ]) {
    expect((await browser.step(`https://auth.cloud.google${path}`)).status).toBe(404);
  }
  expect((await browser.step(request(), {}, "POST")).status).toBe(404);
});
