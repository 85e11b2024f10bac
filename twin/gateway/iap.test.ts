import { connect } from "node:tls";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { iapServiceAgent } from "../../facts/iap";
import { echoSchema } from "./testing/echo-runner";
import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import {
  appHost,
  change,
  deskGroup,
  oauthClientId,
  pool,
  projectNumber,
  provider,
  resource,
  sessionSeconds,
} from "./testing/gateway-resources";
import type { TestBrowser, Visit } from "./testing/test-browser";

const app = `https://${appHost}`;
const echoOf = ({ body }: Visit) => echoSchema.parse(JSON.parse(body));

let fixture: GatewayFixture;
let browser: TestBrowser;

beforeEach(async () => {
  fixture = await startGateway();
  browser = fixture.browser();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await fixture.close();
});

/** Follows redirects until `stop` names the next address. */
async function openUntil(stop: (url: URL) => boolean, from = `${app}/service-desk`): Promise<URL> {
  let visit = await browser.step(from);
  for (let hop = 0; hop < 12; hop += 1) {
    const next = new URL(visit.headers.get("location") ?? "about:blank", visit.url);
    if (stop(next)) return next;
    visit = await browser.step(next.href);
  }
  throw new Error("the flow never came there");
}

function laterBy(seconds: number): void {
  const now = Date.now();
  jest.spyOn(Date, "now").mockImplementation(() => now + seconds * 1000);
}

describe("signing in", () => {
  it("leads a person through the workforce sign-in and Entra to the page that was asked for", async () => {
    const visit = await browser.open(`${app}/service-desk/tickets?status=open`);

    expect(visit.status).toBe(200);
    expect(visit.url.href).toBe(`${fixture.front.origin(appHost)}/service-desk/tickets?status=open`);
    expect(visit.hops.map(({ hostname }) => hostname.replace(/\.localhost$/, ""))).toEqual([
      "auth.cloud.google",
      "login.microsoftonline.com",
      "auth.cloud.google",
      "iap.googleapis.com",
      appHost,
      appHost,
    ]);
    expect(echoOf(visit)).toMatchObject({
      service: "dev/service-desk",
      ingress: "load-balancer",
      invoker: iapServiceAgent(projectNumber),
      url: "/service-desk/tickets?status=open",
    });
  });

  it("signs an ES256 assertion with the claims of a workforce session, verifiable by the published keys", async () => {
    const { headers } = echoOf(await browser.open(`${app}/service-desk`));
    const keys = await (
      await fixture.fetch(`${fixture.front.origin("www.gstatic.com")}/iap/verify/public_key-jwk`)
    ).json();
    const assertion = String(headers["x-goog-iap-jwt-assertion"]);
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(JSON.parse(JSON.stringify(keys))));

    const audience = `/projects/${projectNumber}/global/backendServices/102`;
    expect(payload).toEqual({
      iss: "https://cloud.google.com/iap",
      aud: audience,
      azp: audience,
      sub: expect.stringMatching(/^sts\.google\.com:[\w-]+$/),
      email: "desk-agent@example.com",
      iat: expect.any(Number),
      exp: (payload.iat ?? 0) + 600,
      identity_source: "WORKFORCE_IDENTITY",
      workforce_identity: {
        iam_principal: `principal://iam.googleapis.com/${pool}/subject/a3b9d2c0-51e7-4d7a-8c1e-000000000001`,
        workforce_pool_name: pool,
      },
    });
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: "ES256", typ: "JWT" });
    expect(headers["x-goog-authenticated-user-id"]).toBe(payload.sub);
    expect(headers["x-goog-authenticated-user-email"]).toBe("sts.google.com:desk-agent@example.com");
  });

  it("leaves the e-mail out where the provider does not map google.email", async () => {
    change(fixture.store, "google_iam_workforce_pool_provider.entra", {
      attribute_mapping: { "google.subject": "assertion.oid", "google.groups": "assertion.groups" },
    });
    const { headers } = echoOf(await browser.open(`${app}/service-desk`));
    const payload = JSON.parse(
      Buffer.from(String(headers["x-goog-iap-jwt-assertion"]).split(".")[1] ?? "", "base64url").toString(),
    );

    expect(payload).not.toHaveProperty("email");
    expect(headers).not.toHaveProperty("x-goog-authenticated-user-email");
  });

  it("keeps the session in an opaque, host-only, secure cookie that the app never sees", async () => {
    const visit = await browser.open(`${app}/service-desk`);
    const session = [...(browser.cookies.get(`${appHost}.localhost`) ?? [])].find(([name]) =>
      name.includes("AUTH_TOKEN"),
    );

    expect(session?.[0]).toMatch(/^__Host-GCP_IAP_AUTH_TOKEN_[0-9A-F]{16}$/);
    expect(session?.[1].value).toMatch(/^[\w-]{43}$/);
    expect(session?.[1].attributes).toBe(`; Path=/; Max-Age=${sessionSeconds}; Secure; HttpOnly; SameSite=Lax`);
    expect(echoOf(visit).headers).not.toHaveProperty("cookie");
  });

  it("hands the app its own cookies without IAP's", async () => {
    await browser.open(`${app}/service-desk`);
    browser.cookies
      .get(`${appHost}.localhost`)
      ?.set("theme", { value: "dark", attributes: "", expiresAt: Number.MAX_VALUE });

    expect(echoOf(await browser.open(`${app}/service-desk`)).headers["cookie"]).toBe("a=1; b=2; theme=dark");
  });

  it("needs no second sign-in while the session lasts, and a new one when it is over", async () => {
    await browser.open(`${app}/service-desk`);
    expect((await browser.step(`${app}/service-desk`)).status).toBe(200);

    laterBy(sessionSeconds - 30);
    expect((await browser.step(`${app}/service-desk`)).status).toBe(200);

    jest.restoreAllMocks();
    laterBy(sessionSeconds + 1);
    const cookies = [...(browser.cookies.get(`${appHost}.localhost`) ?? [])].map(
      ([name, { value }]) => `${name}=${value}`,
    );
    // Even a browser that keeps the cookie past its time is asked.
    const late = await browser.step(`${app}/service-desk`, { cookie: cookies.join("; ") });
    expect(late.status).toBe(302);
    expect(late.headers.get("location")).toContain(`https://auth.cloud.google.localhost`);
  });

  it("ends every session of a pool that is disabled", async () => {
    await browser.open(`${app}/service-desk`);
    change(fixture.store, "google_iam_workforce_pool.people", { disabled: true });

    const visit = await browser.step(`${app}/service-desk`);
    expect(visit.status).toBe(500);
    expect(visit.body).toContain("The workforce pool is disabled or deleted, or it does not exist.");
  });

  it.each([
    { "x-requested-with": "XMLHttpRequest" },
    { accept: "application/json" },
    { accept: "*/*", "sec-fetch-mode": "cors" },
  ])("answers a background request without a session by 401: %j", async (headers) => {
    const visit = await browser.step(`${app}/service-desk`, headers);

    expect(visit.status).toBe(401);
    expect(visit.headers.get("x-goog-iap-generated-response")).toBe("true");
    expect(visit.headers.get("location")).toBeNull();
  });
});

describe("logging out", () => {
  const cleared = `${app}/service-desk?gcp-iap-mode=CLEAR_LOGIN_COOKIE&status=open`;

  it("ends the session here and in the browser, and comes back to the path without the parameter", async () => {
    await browser.open(`${app}/service-desk`);
    const kept = [...(browser.cookies.get(`${appHost}.localhost`) ?? [])].map(
      ([name, { value }]) => `${name}=${value}`,
    );
    const visit = await browser.step(cleared);

    expect(visit.status).toBe(302);
    expect(visit.headers.get("location")).toBe("/service-desk?status=open");
    // A stolen copy of the cookie is worth nothing any more.
    expect((await browser.step(`${app}/service-desk`, { cookie: kept.join("; ") })).status).toBe(302);
  });

  it("shows the choice of account at the next sign-in, though Entra's own session lives on", async () => {
    await browser.open(`${app}/service-desk`);
    const visit = await browser.open(cleared);

    expect(visit.url.hostname).toBe("login.microsoftonline.com.localhost");
    expect(visit.url.searchParams.get("prompt")).toBe("select_account");
    expect(JSON.parse(visit.body)).toHaveProperty("choose");

    const other = await browser.open(`${visit.url.href}&choose=second-desk-agent`);
    expect(echoOf(other).headers["x-goog-authenticated-user-email"]).toBe(
      "sts.google.com:second-desk-agent@example.com",
    );
    // Once chosen, the next sign-in is silent again.
    expect((await fixture.browser().open(`${app}/service-desk`)).status).toBe(200);
  });
});

describe("access", () => {
  it("refuses a person without the app's group, names the app, and offers to sign in as somebody else", async () => {
    fixture.entra.signedInAs = "employee";
    const visit = await browser.open(`${app}/service-desk`);

    expect(visit.status).toBe(403);
    expect(visit.body).toContain("You don't have access");
    expect(visit.body).toContain("service-desk");
    expect(visit.body).toContain('href="/service-desk?gcp-iap-mode=CLEAR_LOGIN_COOKIE"');
    expect(fixture.runner.calls).toEqual([]);
    expect((await browser.step(`${app}/`)).status).toBe(200);
  });

  it("decides anew at each request, so that a removed binding counts at once", async () => {
    await browser.open(`${app}/service-desk`);
    fixture.store.remove("dev", "google_iap_web_backend_service_iam_member.service-desk");

    expect((await browser.step(`${app}/service-desk`)).status).toBe(403);
  });

  it("takes a binding to the group of another pool for no binding", async () => {
    change(fixture.store, "google_iap_web_backend_service_iam_member.service-desk", {
      member: `principalSet://iam.googleapis.com/locations/global/workforcePools/another-pool/group/${deskGroup}`,
    });

    expect((await browser.open(`${app}/service-desk`)).status).toBe(403);
  });

  it("answers 403 while the IAP service agent does not exist", async () => {
    fixture.store.remove("dev", "keyless_service_agent.iap");
    const visit = await browser.open(`${app}/service-desk`);

    expect(visit.status).toBe(403);
    expect(visit.body).toContain("The IAP service account is not provisioned.");
    expect(fixture.runner.calls).toEqual([]);
  });
});

describe("reserved headers", () => {
  it.each([
    ["x-goog-iap-jwt-assertion", "e30.e30.e30"],
    ["X-Goog-Authenticated-User-Email", "accounts.google.com:administrator@example.com"],
    ["X_Goog_Authenticated_User_Email", "accounts.google.com:administrator@example.com"],
    ["x-goog_iap-jwt-assertion", "e30.e30.e30"],
    ["X-Serverless-Authorization", "Bearer forged"],
    ["X_SERVERLESS_AUTHORIZATION", "Bearer forged"],
    ["x-goog-anything-else", "forged"],
    ["X-Client-Cert-Present", "true"],
    ["X_Client_Cert_Chain_Verified", "true"],
  ])("never lets the client's own %s through", async (name, value) => {
    await browser.open(`${app}/service-desk`);
    const echo = echoOf(await browser.open(`${app}/service-desk`, { [name]: value }));

    expect(JSON.stringify([echo.headers, echo.distinct, echo.raw])).not.toContain(
      value === "true" ? name.toLowerCase() : value,
    );
    expect(echo.raw.filter((field) => /^x[-_]goog[-_]iap[-_]jwt[-_]assertion$/i.test(field))).toHaveLength(1);
  });

  it("keeps a client from withdrawing the assertion by naming it in Connection", async () => {
    const { hops } = await browser.open(`${app}/service-desk`);
    expect(hops.length).toBeGreaterThan(0);
    const cookie = [...(browser.cookies.get(`${appHost}.localhost`) ?? [])]
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
    const body = await rawRequest(fixture, appHost, [
      "GET /service-desk HTTP/1.1",
      `Host: ${new URL(fixture.front.origin(appHost)).host}`,
      `Cookie: ${cookie}`,
      "Connection: close, X-Goog-Iap-Jwt-Assertion, X-Forwarded-Proto, Host",
      "X-Goog-Iap-Jwt-Assertion: one",
      "X-Goog-Iap-Jwt-Assertion: two",
      "X-Client-Cert-Present: true",
      "x-client-cert-present: true",
    ]);
    const echo = echoSchema.parse(JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1)));

    expect(echo.distinct["x-goog-iap-jwt-assertion"]).toHaveLength(1);
    expect(echo.headers["x-forwarded-proto"]).toBe("https");
    expect(echo.headers).not.toHaveProperty("x-client-cert-present");
    expect(echo.headers).toHaveProperty("host");
    expect(echo.headers).not.toHaveProperty("connection");
  });
});

describe("the way back", () => {
  it("never leaves the host, whatever path or query was asked for", async () => {
    for (const target of [
      "/?continue=https://evil.example/",
      "/@evil.example",
      "/https:evil.example",
      "/.evil.example",
      "/:evil",
    ]) {
      const visit = await fixture.browser().open(`${app}${target}`);
      expect(visit.url.origin).toBe(fixture.front.origin(appHost));
      expect(visit.url.pathname + visit.url.search).toBe(target);
    }
  });

  it("refuses a ticket in another browser: a sign-in cannot be pushed on somebody", async () => {
    const ticket = await openUntil((url) => url.pathname === "/_gcp_gatekeeper/authenticate");
    const victim = fixture.browser();
    await victim.step(`${app}/service-desk`);
    const visit = await victim.step(ticket.href);

    expect(visit.status).toBe(400);
    expect(visit.body).toContain("was begun in another browser");
    expect((await browser.step(ticket.href)).status).toBe(400);
  });

  it("takes a ticket once", async () => {
    const ticket = await openUntil((url) => url.pathname === "/_gcp_gatekeeper/authenticate");

    expect((await browser.step(ticket.href)).status).toBe(302);
    expect((await browser.step(ticket.href)).status).toBe(400);
  });

  it("takes no ticket on another host", async () => {
    change(fixture.store, "google_compute_url_map.people", {
      host_rule: [{ hosts: [appHost, "other.example.com"], path_matcher: "apps" }],
    });
    const ticket = await openUntil((url) => url.pathname === "/_gcp_gatekeeper/authenticate");
    const moved = ticket.href.replace(appHost, "other.example.com");
    const cookie = [...(browser.cookies.get(`${appHost}.localhost`) ?? [])]
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");

    expect((await browser.step(moved, { cookie })).status).toBe(400);
  });

  it("lets a sign-in expire", async () => {
    const callback = await openUntil((url) => url.hostname.startsWith("iap.googleapis.com"));
    laterBy(601);

    expect((await browser.step(callback.href)).status).toBe(400);
  });

  it("takes a code once, and only for the client that it was issued to", async () => {
    const callback = await openUntil((url) => url.hostname.startsWith("iap.googleapis.com"));
    const foreign = callback.href.replace(oauthClientId, "b0000000-0000-4000-a000-000000000009");

    expect((await browser.step(foreign)).status).toBe(400);
    expect((await browser.step(callback.href)).status).toBe(400);
  });

  it("takes no code that nobody issued", async () => {
    const callback = await openUntil((url) => url.hostname.startsWith("iap.googleapis.com"));
    callback.searchParams.set("code", "A".repeat(43));

    expect((await browser.step(callback.href)).status).toBe(400);
    expect(fixture.decisions.at(-1)?.reason).toContain("invalid_grant");
  });
});

describe("configuration", () => {
  const open = () => browser.open(`${app}/service-desk`);

  it.each([
    [
      "the placeholder redirect URI",
      { allowed_redirect_uris: ["https://example.com/placeholder"] },
      "redirect_uri_mismatch",
    ],
    [
      "a redirect URI of another client",
      { allowed_redirect_uris: ["https://iap.googleapis.com/v1/oauth/clientIds/x:handleRedirect"] },
      "redirect_uri_mismatch",
    ],
    ["a disabled client", { disabled: true }, "disabled_client"],
    ["another client id", { client_id: "c0000000-0000-4000-a000-000000000001" }, "invalid_client"],
  ])("stops at an OAuth client with %s", async (_case, values, error) => {
    change(fixture.store, "google_iam_oauth_client.iap", values);
    const visit = await open();

    expect(visit.status).toBe(500);
    expect(visit.body).toContain(error);
  });

  it.each([[{ disabled: true }], [{ client_secret: "another" }]])(
    "stops at a credential of the client with %j",
    async (values) => {
      change(fixture.store, "google_iam_oauth_client_credential.iap", values);

      expect((await open()).body).toContain("invalid_client: The provided client secret is invalid.");
    },
  );

  it("stops where the backend has no IAP settings", async () => {
    fixture.store.remove("dev", "google_iap_settings.service-desk");

    expect((await open()).body).toContain("Empty Google Account OAuth client ID(s)/secret(s).");
    expect(fixture.runner.calls).toEqual([]);
  });

  it("stops where the settings name two pools", async () => {
    const settings = (pools: string[]) => ({
      access_settings: {
        identity_sources: ["WORKFORCE_IDENTITY_FEDERATION"],
        workforce_identity_settings: {
          workforce_pools: pools,
          oauth2: { client_id: oauthClientId, client_secret: "x" },
        },
      },
    });
    change(fixture.store, "google_iap_settings.service-desk", settings([pool, `${pool}-b`]));
    expect((await open()).body).toContain("Only one workforce pool is supported.");
    change(fixture.store, "google_iap_settings.service-desk", settings([]));
    expect((await open()).body).toContain("Only one workforce pool is supported.");
  });

  it("stops where the pool has a second provider", async () => {
    fixture.store.put(resource("google_iam_workforce_pool_provider", "second", { name: `${provider}-b`, oidc: [] }));

    expect((await open()).body).toContain("IAP cannot choose a workforce provider.");
  });

  it.each([
    ["gcip_settings", { gcip_settings: [{ tenant_ids: ["t"] }] }],
    ["Google identities", { identity_sources: [] }],
  ])("stops at %s, which would pass by the workforce's IAM check", async (_case, values) => {
    const settings = fixture.store.find("google_iap_settings", ({ name }) => name === "service-desk");
    const [access] = JSON.parse(JSON.stringify(settings?.values["access_settings"]));
    change(fixture.store, "google_iap_settings.service-desk", { access_settings: [{ ...access, ...values }] });

    expect((await open()).body).toContain("The IAP settings do not select workforce identities.");
  });
});

describe("published keys", () => {
  it("keep an older key through a rotation, each under its kid, with a lifetime for caches", async () => {
    const { gateway, fetch, front } = fixture;
    const before = gateway.keys.currentKid;
    gateway.keys.rotate();
    const jwk = await fetch(`${front.origin("www.gstatic.com")}/iap/verify/public_key-jwk`);
    const pem = await fetch(`${front.origin("www.gstatic.com")}/iap/verify/public_key`);

    expect(jwk.headers.get("cache-control")).toMatch(/^public, max-age=\d+$/);
    expect(await jwk.json()).toMatchObject({ keys: [{ kid: gateway.keys.currentKid, crv: "P-256" }, { kid: before }] });
    expect(Object.keys(Object(await pem.json()))).toEqual([gateway.keys.currentKid, before]);
  });
});

it("reports every decision without a cookie, code, ticket or assertion", async () => {
  const seen: string[] = [];
  await browser.open(`${app}/service-desk?secret=in-query`);
  for (const jar of browser.cookies.values()) for (const { value } of jar.values()) seen.push(value);
  const told = JSON.stringify(fixture.decisions);

  expect(fixture.decisions.map(({ by }) => by)).toEqual(["iap", "workforce-sign-in", "iap", "iap"]);
  for (const secret of [...seen.filter((value) => value.length > 8), "in-query", "eyJ"])
    expect(told).not.toContain(secret);
});

/** Sends lines as they are over TLS; gives what came back. */
function rawRequest({ front, servers }: GatewayFixture, host: string, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port: front.port,
      servername: `${host}.localhost`,
      ca: servers.certificatePem,
    });
    let received = "";
    socket.on("data", (chunk) => {
      received += String(chunk);
    });
    socket.on("end", () => resolve(received)).on("error", reject);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  });
}
