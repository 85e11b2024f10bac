import type { JsonObject } from "../../../analysis";
import type { StoredResource } from "../../store/resource-store";
import { Cloud, dev } from "./testing/rules-fixture";

const compute = `projects/${dev.id}/global`;

/** A load balancer before one app, from the network endpoint group to the forwarding rule. */
function loadBalancer(cloud: Cloud) {
  const group = cloud.create("google_compute_region_network_endpoint_group", {
    name: "app",
    region: "europe-west4",
    cloud_run: [{ service: "app" }],
  });
  const backend = cloud.create("google_compute_backend_service", {
    name: "app",
    backend: [{ group: group.values["id"] ?? "" }],
  });
  const map = cloud.create("google_compute_url_map", {
    name: "people",
    default_url_redirect: { strip_query: true },
    host_rule: [{ hosts: ["a.example.com"], path_matcher: "paths" }],
    path_matcher: [{ name: "paths", path_rule: [{ paths: ["/*"], service: backend.values["self_link"] ?? "" }] }],
  });
  const certificate = cloud.create("google_compute_managed_ssl_certificate", {
    name: "cert",
    managed: { domains: ["a.example.com"] },
  });
  const policy = cloud.create("google_compute_ssl_policy", { name: "tls" });
  const trust = cloud.create("google_certificate_manager_trust_config", { name: "trust", location: "global" });
  const tls = cloud.create("google_network_security_server_tls_policy", {
    name: "mtls",
    mtls_policy: { client_validation_trust_config: `projects/${dev.number}/locations/global/trustConfigs/trust` },
  });
  const proxy = cloud.create("google_compute_target_https_proxy", {
    name: "people",
    url_map: map.values["id"] ?? "",
    ssl_certificates: [certificate.values["id"] ?? ""],
    ssl_policy: policy.values["self_link"] ?? "",
    server_tls_policy: tls.values["id"] ?? "",
  });
  const address = cloud.create("google_compute_global_address", { name: "people" });
  const rule = cloud.create("google_compute_global_forwarding_rule", {
    name: "people",
    target: proxy.values["id"] ?? "",
    ip_address: address.values["id"] ?? "",
    port_range: "443",
  });
  return { group, backend, map, certificate, policy, trust, tls, proxy, address, rule };
}

describe("what a load balancer is made of", () => {
  it("has ids and links of the Compute Engine API", () => {
    const { backend, group, address } = loadBalancer(new Cloud());
    expect(backend.values).toMatchObject({
      id: `${compute}/backendServices/app`,
      self_link: `https://www.googleapis.com/compute/v1/${compute}/backendServices/app`,
      load_balancing_scheme: "EXTERNAL",
    });
    expect(Number.isSafeInteger(backend.values["generated_id"])).toBe(true);
    expect(group.identity).toBe(`projects/${dev.id}/regions/europe-west4/networkEndpointGroups/app`);
    expect(address.values["address"]).toMatch(/^203\.0\.113\.\d+$/);
  });

  it.each([
    ["group", "network_endpoint_group", "backend"],
    ["backend", "backend_service", "map"],
    ["map", "url_map", "proxy"],
    ["certificate", "ssl_certificate", "proxy"],
    ["policy", "ssl_policy", "proxy"],
    ["proxy", "target_https_proxy", "rule"],
    ["address", "address", "rule"],
    ["trust", "trust_config", "tls"],
    ["tls", "server_tls_policy", "proxy"],
  ] as const)("cannot be deleted while it is in use: %s", (part, kind, by) => {
    const cloud = new Cloud();
    const parts = loadBalancer(cloud);
    expect(cloud.remove(parts[part])).toMatch(
      new RegExp(
        `googleapi: Error 400: The ${kind} resource '${parts[part].identity}' is already being used by '${parts[by].identity}', resourceInUseByAnotherResource$`,
      ),
    );
    cloud.store.remove("dev", parts[by].address);
    expect(cloud.remove(parts[part])).toBeUndefined();
  });

  it("can be deleted from the front to the back", () => {
    const cloud = new Cloud();
    const parts: readonly StoredResource[] = Object.values(loadBalancer(cloud));
    for (const part of [...parts].reverse()) expect(cloud.remove(part)).toBeUndefined();
    expect(cloud.store.all()).toEqual([]);
  });

  it("cannot be made twice", () => {
    const cloud = new Cloud();
    loadBalancer(cloud);
    expect(cloud.words("google_compute_global_address", { name: "people" })).toEqual([
      `Error creating GlobalAddress: googleapi: Error 409: The resource '${compute}/addresses/people' already exists, alreadyExists`,
    ]);
  });
});

describe("arguments of a load balancer", () => {
  const cases: readonly [type: string, name: string, wrong: JsonObject, right: JsonObject, words: string][] = [
    ["google_compute_backend_service", "a name", { name: "App_1" }, {}, '"name" ("App_1") doesn\'t match regexp'],
    [
      "google_compute_global_address",
      "a name",
      { name: "App_1" },
      {},
      "Invalid value for field 'resource.name': 'App_1'.",
    ],
    [
      "google_compute_global_address",
      "a type",
      { address_type: "PUBLIC" },
      { address_type: "INTERNAL" },
      "expected address_type to be one of",
    ],
    [
      "google_compute_ssl_policy",
      "a version",
      { min_tls_version: "TLS_1_3" },
      { min_tls_version: "TLS_1_2" },
      "expected min_tls_version to be one of",
    ],
    [
      "google_compute_ssl_policy",
      "a profile",
      { profile: "STRICT" },
      { profile: "RESTRICTED" },
      "expected profile to be one of",
    ],
    [
      "google_compute_backend_service",
      "a protocol",
      { protocol: "FTP" },
      { protocol: "HTTPS" },
      "expected protocol to be one of",
    ],
    [
      "google_compute_backend_service",
      "a scheme",
      { load_balancing_scheme: "CLASSIC" },
      { load_balancing_scheme: "EXTERNAL_MANAGED" },
      "expected load_balancing_scheme",
    ],
    [
      "google_compute_backend_service",
      "a sample rate",
      { log_config: { sample_rate: 2 } },
      { log_config: { sample_rate: 1 } },
      "expected log_config.0.sample_rate to be in the range (0 - 1), got 2",
    ],
    [
      "google_compute_backend_service",
      "a cache before IAP",
      { enable_cdn: true, iap: { enabled: true } },
      { iap: [{ enabled: true }] },
      "IAP and Cloud CDN cannot be enabled",
    ],
    [
      "google_compute_backend_service",
      "a reserved header",
      { custom_request_headers: ["X-Goog-A:b"] },
      { custom_request_headers: ["X-A:b"] },
      "The header name is reserved",
    ],
    [
      "google_compute_backend_service",
      "a header twice",
      { custom_request_headers: ["X-A:b", "x-a:c"] },
      {},
      "given more than once",
    ],
    [
      "google_compute_backend_service",
      "17 headers",
      { custom_request_headers: Array.from({ length: 17 }, (_, n) => `X-${n}:v`) },
      { custom_request_headers: Array.from({ length: 16 }, (_, n) => `X-${n}:v`) },
      "at most 16",
    ],
    [
      "google_compute_url_map",
      "no default",
      {},
      { default_service: "x" },
      "one of `default_service,default_url_redirect` must be specified",
    ],
    [
      "google_compute_url_map",
      "two defaults",
      { default_service: "x", default_url_redirect: { strip_query: true } },
      { default_service: "x" },
      "only one of",
    ],
    [
      "google_compute_url_map",
      "a response code",
      { default_url_redirect: { redirect_response_code: "MOVED" } },
      { default_url_redirect: { redirect_response_code: "FOUND" } },
      "default_url_redirect.0.redirect_response_code",
    ],
    [
      "google_compute_url_map",
      "a missing path matcher",
      { default_service: "x", host_rule: [{ hosts: ["a"], path_matcher: "p" }] },
      { default_service: "x", host_rule: [{ hosts: ["a"], path_matcher: "p" }], path_matcher: [{ name: "p" }] },
      "resource.hostRules[0].pathMatcher",
    ],
    [
      "google_compute_target_https_proxy",
      "two kinds of certificates",
      { ssl_certificates: ["a"], certificate_manager_certificates: ["b"] },
      { ssl_certificates: ["a"] },
      "conflicts with ssl_certificates",
    ],
    [
      "google_compute_target_https_proxy",
      "early data",
      { tls_early_data: "MAYBE" },
      { tls_early_data: "DISABLED" },
      "expected tls_early_data to be one of",
    ],
    [
      "google_compute_global_forwarding_rule",
      "a protocol",
      { ip_protocol: "QUIC" },
      { ip_protocol: "TCP" },
      "expected ip_protocol to be one of",
    ],
    [
      "google_compute_region_network_endpoint_group",
      "two targets",
      { region: "r", cloud_run: { service: "a" }, app_engine: [{ service: "b" }] },
      { region: "r", cloud_run: { service: "a" } },
      "conflicts with",
    ],
    [
      "google_compute_region_network_endpoint_group",
      "an empty target",
      { region: "r", cloud_run: [{ tag: "t" }] },
      { region: "r", cloud_run: [{ url_mask: "<service>" }] },
      "one of `service,url_mask` must be specified",
    ],
    [
      "google_network_security_server_tls_policy",
      "a mode",
      { mtls_policy: { client_validation_mode: "ALWAYS" } },
      { mtls_policy: { client_validation_mode: "REJECT_INVALID" } },
      "mtls_policy.0.client_validation_mode",
    ],
    [
      "google_network_security_server_tls_policy",
      "a missing trust config",
      { mtls_policy: { client_validation_trust_config: "projects/p/locations/global/trustConfigs/t" } },
      {},
      "Error 404",
    ],
  ];

  it.each(cases)("%s: %s is refused, its like accepted", (type, _name, wrong, right, words) => {
    expect(new Cloud().words(type, { name: "app", ...wrong })).toEqual([expect.stringContaining(words)]);
    expect(new Cloud().words(type, { name: "app", ...right })).toEqual([]);
  });

  it.each([
    ["timeout_sec", 60, "Timeout sec is not supported"],
    ["port_name", "https", "Port name is not supported"],
    ["health_checks", ["check"], "Health checks are not supported"],
  ])("a serverless backend takes no %s", (argument, value, words) => {
    const cloud = new Cloud();
    const { group, backend } = loadBalancer(cloud);
    const values = { name: "other", backend: [{ group: group.identity }], [argument]: value };
    expect(cloud.words("google_compute_backend_service", values)[0]).toContain(
      `${words} for a backend service with Serverless network endpoint groups.`,
    );
    expect(cloud.words("google_compute_backend_service", { name: "other", [argument]: value })).toEqual([]);
    expect(cloud.update(backend, { description: "what was read back is no choice" })).toBeUndefined();
  });

  it("a backend needs a network endpoint group that is there", () => {
    const group = `projects/${dev.id}/regions/r/networkEndpointGroups/none`;
    expect(new Cloud().words("google_compute_backend_service", { name: "app", backend: [{ group }] })[0]).toContain(
      group,
    );
  });
});
