import { echoSchema } from "./testing/echo-runner";
import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import { appHost, change, machineHost } from "./testing/gateway-resources";

let fixture: GatewayFixture;

beforeEach(async () => {
  fixture = await startGateway();
});

afterEach(() => fixture.close());

/** Opens the people's host without IAP in the way. */
function withoutIap(): void {
  for (const name of ["landing", "service-desk"])
    change(fixture.store, `google_compute_backend_service.${name}`, { iap: undefined });
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fixture.fetch(`${fixture.front.origin(appHost)}${path}`, { headers });

const echo = async (path: string, headers: Record<string, string> = {}) =>
  echoSchema.parse(await (await get(path, headers)).json());

describe("hosts", () => {
  it("are those of forwarding rules and URL maps, as they are at the moment", () => {
    const { loadBalancer } = fixture.gateway;
    expect(loadBalancer.resolve(appHost)?.hostname).toBe(appHost);
    expect(loadBalancer.resolve("unknown.example.com")).toBeUndefined();

    fixture.store.remove("dev", "google_compute_global_forwarding_rule.people");
    expect(loadBalancer.resolve(appHost)).toBeUndefined();
  });

  it("of a proxy with a server TLS policy are never served to people, even when the policy is gone", () => {
    expect(fixture.gateway.loadBalancer.resolve(machineHost)).toBeUndefined();
    fixture.store.remove("dev", "google_network_security_server_tls_policy.machines");
    expect(fixture.gateway.loadBalancer.resolve(machineHost)).toBeUndefined();
  });

  it("need a rule of the scheme EXTERNAL_MANAGED on port 443", () => {
    for (const values of [{ load_balancing_scheme: "EXTERNAL" }, { port_range: "8443" }]) {
      change(fixture.store, "google_compute_global_forwarding_rule.people", {
        load_balancing_scheme: "EXTERNAL_MANAGED",
        port_range: "443",
        ...values,
      });
      expect(fixture.gateway.loadBalancer.resolve(appHost)).toBeUndefined();
    }
  });

  it("include the domains of the proxy's certificates", () => {
    const id = "projects/example-dev/global/sslCertificates/people";
    change(fixture.store, "google_compute_target_https_proxy.people", { ssl_certificates: [id] });
    fixture.store.put({
      stack: "dev",
      address: "google_compute_managed_ssl_certificate.people",
      type: "google_compute_managed_ssl_certificate",
      name: "people",
      values: { id, managed: [{ domains: ["www.example.com"] }] },
    });
    expect(fixture.gateway.loadBalancer.resolve("www.example.com")).toBeDefined();
  });
});

describe("routing", () => {
  it.each([
    ["/", "landing"],
    ["/service-desk", "service-desk"],
    ["/service-desk/tickets?x=/", "service-desk"],
    ["/service-deskx", "landing"],
    ["/Service-Desk", "landing"],
  ])("sends %s to %s", async (path, service) => {
    withoutIap();
    expect(await echo(path)).toMatchObject({
      service: `dev/${service}`,
      url: path,
      ingress: "load-balancer",
      invoker: "none",
    });
  });

  it("routes an escaped spelling as the app will read it", async () => {
    withoutIap();
    expect(await echo("/service%2Ddesk/x")).toMatchObject({ service: "dev/service-desk", url: "/service-desk/x" });
  });

  it("refuses what could be read in two ways, before any service sees it", async () => {
    withoutIap();
    for (const path of ["/x/..%2fservice-desk", "/service-desk%5c..", "//service-desk", "/x//service-desk", "/%00"]) {
      expect((await get(path)).status).toBe(400);
    }
    expect(fixture.runner.calls).toEqual([]);
    expect(fixture.decisions.at(-1)).toMatchObject({ by: "load-balancer", outcome: "refused" });
  });

  it("answers 502 where the backend reaches no Cloud Run service, and 404 where the map leads nowhere", async () => {
    withoutIap();
    fixture.store.remove("dev", "google_cloud_run_v2_service.service-desk");
    expect((await get("/service-desk")).status).toBe(502);
    fixture.store.remove("dev", "google_compute_backend_service.service-desk");
    expect((await get("/service-desk")).status).toBe(404);
  });

  it("finds the service by name in the endpoint group's own region only", async () => {
    withoutIap();
    change(fixture.store, "google_cloud_run_v2_service.service-desk", { location: "us-central1" });
    expect((await get("/service-desk")).status).toBe(502);
  });
});

describe("headers", () => {
  it("tell the app about the client and the way, after what the client said", async () => {
    withoutIap();
    const { headers } = await echo("/", { "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "http" });

    expect(headers).toMatchObject({
      "x-forwarded-for": "192.0.2.1,127.0.0.1,203.0.113.7",
      "x-forwarded-proto": "https",
      via: "1.1 google",
    });
  });

  it("of the client certificate go where the backend lists them, and pass where it does not, as at Google", async () => {
    withoutIap();
    const forged = { "X-Client-Cert-Present": "true", X_Client_Cert_Leaf: ":AAAA:" };
    expect(JSON.stringify(await echo("/", forged))).not.toMatch(/client[-_]cert/i);

    change(fixture.store, "google_compute_backend_service.landing", { custom_request_headers: undefined });
    expect((await echo("/", forged)).headers).toMatchObject({ "x-client-cert-present": "true" });
  });

  it("of the response are the backend service's, over the app's own; all its cookies stay", async () => {
    withoutIap();
    const response = await get("/");

    expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000");
    expect(response.headers.get("via")).toBe("1.1 google");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });
});

describe("port 80", () => {
  const redirect = (url: string, hostname = appHost) => fixture.gateway.loadBalancer.redirectFor(hostname, url);

  it("redirects to HTTPS with path and query", () => {
    expect(redirect("/service-desk?x=1")).toEqual({
      status: 301,
      location: `${fixture.front.origin(appHost)}/service-desk?x=1`,
    });
  });

  it("strips the query and takes the status where the URL map says so", () => {
    change(fixture.store, "google_compute_url_map.redirect", {
      default_url_redirect: { https_redirect: true, strip_query: true, redirect_response_code: "PERMANENT_REDIRECT" },
    });
    expect(redirect("/a?x=1")).toEqual({ status: 308, location: `${fixture.front.origin(appHost)}/a` });
  });

  it("answers only where a rule of the host's own address listens", () => {
    expect(redirect("/", machineHost)).toBeUndefined();
    expect(redirect("/", "unknown.example.com")).toBeUndefined();
    expect(redirect("//evil.example/")).toBeUndefined();
    change(fixture.store, "google_compute_global_forwarding_rule.redirect", { ip_address: "203.0.113.9" });
    expect(redirect("/")).toBeUndefined();
  });
});

it("keeps what it derived from the store for as long as the store stays the same", () => {
  const { store, gateway } = fixture;
  const read = jest.spyOn(store, "all");
  gateway.loadBalancer.resolve(appHost);
  const once = read.mock.calls.length;
  gateway.loadBalancer.resolve(appHost);
  expect(read.mock.calls).toHaveLength(once);
  change(store, "google_compute_url_map.people", {
    host_rule: [{ hosts: ["moved.example.com"], path_matcher: "apps" }],
  });
  expect(gateway.loadBalancer.resolve("moved.example.com")).toBeDefined();
});
