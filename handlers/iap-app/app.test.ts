import { iapAssertionHeader } from "../../facts/iap";
import { appNames } from "./config";
import { type Directory, unknown } from "./directory";
import type { TestClient, TestResponse } from "./testing/client";
import { audience, type LocalIap, principalOf, startLocalIap } from "./testing/local-iap";
import { groups, pathOf, type StartedApp, startApp, titles } from "./testing/start-app";

let iap: LocalIap;
const running: StartedApp[] = [];
beforeAll(async () => {
  iap = await startLocalIap();
});
afterAll(async () => {
  await Promise.all(running.map(({ app }) => app.close()));
  await iap.close();
});

async function started(
  ...[name, changes]: [name: Parameters<typeof startApp>[1], changes?: Parameters<typeof startApp>[2]]
) {
  const app = await startApp(iap, name, changes);
  running.push(app);
  return app;
}
const start = async (name: Parameters<typeof startApp>[1]): Promise<TestClient> => (await started(name)).ask;

const signedIn = (subject = "desk-agent") => ({ [iapAssertionHeader]: iap.assertion(subject) });
const hrefs = (body: string) => [...body.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);

describe.each(appNames)("the app %s", (name) => {
  let ask: TestClient;
  const path = pathOf(name);
  const identityPath = `${path === "/" ? "" : path}/identity`;
  beforeAll(async () => {
    ask = await start(name);
  });

  it("serves a whole, titled, navigable page to a signed-in person, with one script of its own and nothing from elsewhere", async () => {
    const { statusCode, body, headers } = await ask({ url: path, headers: signedIn() });
    expect(statusCode).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(body).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(body).toContain(`<title>${titles[name]}</title>`);
    expect(body.match(/<h1>/g)).toHaveLength(1);
    expect(body).toContain('<a class="skip" href="#content">');
    expect(body).toContain('<main id="content"');
    expect(body).toContain(`<a href="${path}" aria-current="page">`);
    expect(body.match(/ aria-current="page"/g)).toHaveLength(1);
    expect(body).toContain("desk-agent@ailab.com");
    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body).not.toMatch(/javascript:|\son\w+=|https?:\/\/(?!www\.w3\.org\/2000\/svg)/i);
    expect(hrefs(body).every((href) => /^(\/(?!\/)|#|data:image)/.test(href ?? ""))).toBe(true);
  });

  it("says who one is as JSON", async () => {
    const { body, headers } = await ask({ url: identityPath, headers: signedIn() });
    expect(headers["content-type"]).toContain("application/json");
    expect(JSON.parse(body)).toEqual({
      principal: principalOf("desk-agent"),
      email: "desk-agent@ailab.com",
      accessLevels: ["accessPolicies/402918374650/accessLevels/corporate_device"],
    });
  });

  it.each([path, `${path}/`, identityPath, "/no/such/page", "//", "/HEALTHZ", "/healthz/x", "/%68ealthz/../x"])(
    "refuses %s without an assertion",
    async (url) => {
      const { statusCode, body } = await ask({ url });
      expect([statusCode, body.includes("missing_assertion")]).toEqual([401, true]);
    },
  );

  it("refuses methods and bodies that nobody asked for, first for the missing assertion", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"] as const) {
      expect((await ask({ method, url: path, payload: "x" })).statusCode).toBe(401);
    }
  });

  it("answers the health check without an assertion, and nothing more", async () => {
    const { statusCode, body } = await ask({ url: "/healthz" });
    expect([statusCode, JSON.parse(body)]).toEqual([200, { status: "ok" }]);
  });

  it("sends the security headers with every answer", async () => {
    const requests = [
      { url: path, headers: signedIn() },
      { url: path },
      { url: "/nowhere", headers: signedIn() },
      { url: "/healthz" },
      { url: "/%zz" },
    ];
    for (const request of requests) {
      const { headers } = await ask(request);
      expect(headers["content-security-policy"]).toMatch(
        /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]+=*'; script-src 'sha256-[A-Za-z0-9+/]+=*'; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'/,
      );
      expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "cache-control": "no-store" });
    }
  });
});

describe("a refusal", () => {
  let ask: TestClient;
  let logLines: readonly string[];
  beforeAll(async () => {
    ({ ask, logLines } = await started("landing"));
  });
  const askWith = (headers: Record<string, string>) => ask({ url: "/", headers });

  it("is a page that names the reason and the remedy, and nothing of the request", async () => {
    const { statusCode, body, headers } = await askWith({
      [iapAssertionHeader]: iap.assertion("p", { email: undefined }),
    });
    expect(statusCode).toBe(403);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(body).toContain("<code>missing_email</code>");
    expect(body).toContain("google.email");
    expect(body).not.toContain(principalOf("p"));
  });

  it("is JSON where the client asks for JSON", async () => {
    const { statusCode, body, headers } = await askWith({ accept: "application/json" });
    expect(statusCode).toBe(401);
    expect(headers["www-authenticate"]).toContain("Bearer");
    expect(JSON.parse(body)).toEqual({
      error: {
        reason: "missing_assertion",
        message: expect.any(String),
        remedy: expect.any(String),
      },
    });
  });

  it("is a page for a browser, which accepts anything last", async () => {
    const { headers } = await askWith({ accept: "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8" });
    expect(headers["content-type"]).toContain("text/html");
  });

  it("is logged by its reason, without the assertion", async () => {
    const assertion = iap.assertion("p", { aud: `${audience}9` });
    const { body } = await askWith({ [iapAssertionHeader]: assertion });
    const signature = assertion.split(".")[2] ?? "";
    const log = logLines.join("");
    for (const place of [log, body]) {
      expect(place).toContain("audience_mismatch");
      expect(place).not.toContain(signature.slice(0, 40));
      expect(place).not.toContain(assertion.slice(0, 40));
    }
  });

  it("is what unsigned headers lead to, however many there are", async () => {
    const { statusCode } = await askWith({
      "x-goog-authenticated-user-email": "accounts.google.com:administrator@ailab.com",
      "x-goog-authenticated-user-id": "accounts.google.com:1",
      "x-client-cert-present": "true",
      "x-client-cert-chain-verified": "true",
      "x-client-cert-spiffe-id": "spiffe://ailab.com/administrator",
      authorization: `Bearer ${iap.assertion("administrator")}`,
      cookie: `GCP_IAP_UID=1; assertion=${iap.assertion("administrator")}`,
    });
    expect(statusCode).toBe(401);
  });

  it("is not undone, and an identity is not changed, by unsigned headers beside the assertion", async () => {
    const headers = {
      ...signedIn("guest"),
      "x-goog-authenticated-user-email": "accounts.google.com:administrator@ailab.com",
      "x-client-cert-subject-dn": "CN=administrator",
    };
    const { body } = await ask({ url: "/identity", headers });
    expect(JSON.parse(body)).toMatchObject({ email: "guest@ailab.com", principal: principalOf("guest") });
  });
});

it("writes one log line a request that names the verified principal, not the query", async () => {
  const { ask, logLines } = await started("landing");
  await ask({ url: "/?secret=in-the-query", headers: signedIn("logged") });
  const lines = logLines.filter((line) => line.includes('"event":"request"'));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ principal: principalOf("logged"), route: "/", status: 200 });
  expect(lines[0]).not.toContain("in-the-query");
});

it("shows a hostile e-mail as text", async () => {
  const ask = await start("landing");
  const email = "'&amp@ailab.com";
  const { body } = await ask({ url: "/", headers: { [iapAssertionHeader]: iap.assertion("p", { email }) } });
  expect(body).toContain("&#39;&amp;amp@ailab.com");
  expect(body).not.toContain(email);
});

describe("the login page", () => {
  let ask: TestClient;
  beforeAll(async () => {
    ask = await start("login");
  });
  const open = (query: string): Promise<TestResponse> => ask({ url: `/login${query}`, headers: signedIn() });

  it("goes on to a path of this site", async () => {
    const { statusCode, headers } = await open(`?next=${encodeURIComponent("/service-desk?x=1")}`);
    expect([statusCode, headers.location]).toEqual([303, "/service-desk?x=1"]);
  });

  it.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/..//evil.example",
    "",
    "/?gcp-iap-mode=CLEAR_LOGIN_COOKIE",
  ])("does not go on to %j, and says so", async (next) => {
    const { statusCode, body, headers } = await open(`?next=${encodeURIComponent(next)}`);
    expect([statusCode, headers.location]).toEqual([200, undefined]);
    expect(body).toContain("left out");
  });

  it("does not choose between two addresses to go on to", async () => {
    expect((await open("?next=/a&next=/b")).statusCode).toBe(200);
  });
});

it("lets IAP end the session from the logout page", async () => {
  const ask = await start("logout");
  const { body } = await ask({ url: "/logout", headers: signedIn() });
  expect(hrefs(body)).toContain("/?gcp-iap-mode=CLEAR_LOGIN_COOKIE");
});

describe("a page that belongs to groups", () => {
  let ask: TestClient;
  /** What the directory says of everybody, at the moment. */
  let answer: Awaited<ReturnType<Directory["find"]>>;
  beforeAll(async () => {
    ({ ask } = await started("marketing-immersion", { directory: { find: async () => answer } }));
  });
  const open = () => ask({ url: "/marketing-immersion", headers: signedIn() });

  it("tells a person without a group which one to ask for", async () => {
    answer = { ok: true, membership: { groups: [], reports: [] } };
    const { statusCode, body } = await open();
    expect(statusCode).toBe(403);
    expect(body).toContain("You need a group");
    expect(body).toMatch(/Membership of <code>marketing<\/code><\/dd>/);
  });

  it.each<[string, typeof answer, number, string | undefined]>([
    ["while the directory is down", unknown("directory_unavailable"), 503, "10"],
    ["while it wants a pause", unknown("directory_throttled", { retryAfterSeconds: 42 }), 503, "42"],
    ["while it refuses the app", unknown("directory_refused"), 503, "10"],
    ["to a person whom it does not know", unknown("unknown_person"), 403, undefined],
  ])("shows nothing %s", async (_what, given, status, retryAfter) => {
    answer = given;
    const { statusCode, headers, body } = await open();
    expect([statusCode, headers["retry-after"]]).toEqual([status, retryAfter]);
    expect(body).toContain(given.ok ? "" : given.problem);
    expect(body).not.toContain("<table");
  });

  it("counts only the groups that the app knows", async () => {
    answer = { ok: true, membership: { groups: ["6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0fff"], reports: [] } };
    expect((await open()).statusCode).toBe(403);
    answer = { ok: true, membership: { groups: [groups.marketing], reports: [] } };
    expect((await open()).statusCode).toBe(200);
  });
});

it("tells on the landing page which groups an app is for", async () => {
  const ask = await start("landing");
  const { body } = await ask({ url: "/", headers: signedIn() });
  expect(body).toMatch(/Marketing immersion<\/a>\s*<span class="quiet">For members of <code>marketing<\/code>/);
});

describe("the page for those whom another app does not let in", () => {
  let ask: TestClient;
  beforeAll(async () => {
    ask = await start("landing");
  });
  const page = (query: string) => ask({ url: `/access-denied${query}`, headers: signedIn() });

  it("says which app it was and which group to ask for, and is a refusal itself", async () => {
    const { statusCode, body } = await page("?app=%2Fmarketing-immersion");
    expect(statusCode).toBe(403);
    expect(body).toContain("Marketing immersion does not let you in.");
    expect(body).toContain("membership of <code>marketing</code>");
    expect(body).toContain('href="/marketing-immersion?gcp-iap-mode=CLEAR_LOGIN_COOKIE"');
  });

  it.each([
    "",
    "?app=/nowhere",
    "?app=https://evil.example",
    "?app=%3Cscript%3Eevil",
    "?app=/login&app=/marketing-immersion",
  ])("repeats nothing of the address %j", async (query) => {
    const { statusCode, body } = await page(query);
    expect(statusCode).toBe(403);
    expect(body).toContain("The app does not let you in.");
    expect(body).not.toMatch(/evil|nowhere/);
  });
});
