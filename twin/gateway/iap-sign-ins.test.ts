import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import { appHost, change, oauthClientId } from "./testing/gateway-resources";
import type { TestBrowser } from "./testing/test-browser";

const app = `https://${appHost}`;

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
