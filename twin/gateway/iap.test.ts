import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { iapServiceAgent } from "../../facts/iap";
import { echoSchema } from "./testing/echo-runner";
import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import { appHost, change, deskGroup, pool, projectNumber, sessionSeconds } from "./testing/gateway-resources";
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

  it("takes no session over from another host, whatever name its key is sent under", async () => {
    change(fixture.store, "google_compute_url_map.people", {
      host_rule: [{ hosts: [appHost, "other.example.com"], path_matcher: "apps" }],
    });
    await browser.open(`${app}/service-desk`);
    const session = [...(browser.cookies.get(`${appHost}.localhost`) ?? [])].find(([name]) =>
      name.includes("AUTH_TOKEN"),
    );
    const cleared = await browser.step("https://other.example.com/?gcp-iap-mode=CLEAR_LOGIN_COOKIE");
    const name = /__Host-GCP_IAP_AUTH_TOKEN_[0-9A-F]+/.exec(cleared.headers.getSetCookie().join())?.[0];

    expect(name).not.toBe(session?.[0]);
    const moved = await browser.step("https://other.example.com/", { cookie: `${name}=${session?.[1].value}` });
    expect(moved.status).toBe(302);
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

  it("sends a document's reader to the page that the settings name for it, a script not", async () => {
    const accessDeniedPage = `https://${appHost}/?app=%2Fservice-desk`;
    change(fixture.store, "google_iap_settings.service-desk", {
      application_settings: [{ access_denied_page_settings: [{ access_denied_page_uri: accessDeniedPage }] }],
    });
    fixture.entra.signedInAs = "employee";
    const visit = await browser.open(`${app}/service-desk`);
    expect([visit.status, visit.url.pathname, visit.url.search]).toEqual([200, "/", "?app=%2Fservice-desk"]);
    const background = await browser.step(`${app}/service-desk`, { accept: "application/json" });
    expect([background.status, background.headers.get("location")]).toEqual([403, null]);
    expect(fixture.runner.calls).toHaveLength(1);
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

it("reports every decision without a cookie, code, ticket or assertion", async () => {
  const seen: string[] = [];
  await browser.open(`${app}/service-desk?secret=in-query`);
  for (const jar of browser.cookies.values()) for (const { value } of jar.values()) seen.push(value);
  const told = JSON.stringify(fixture.decisions);

  expect(fixture.decisions.map(({ by }) => by)).toEqual(["iap", "workforce-sign-in", "iap", "iap"]);
  for (const secret of [...seen.filter((value) => value.length > 8), "in-query", "eyJ"])
    expect(told).not.toContain(secret);
});
