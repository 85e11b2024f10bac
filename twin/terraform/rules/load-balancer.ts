import { all, atMost, conflicting, exactlyOneOf, oneOf, within } from "./checks";
import { computeResource, labelled } from "./compute-resource";
import { digestOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import type { RulesOfType } from "./google-resource";
import { blocks, isSet, text, texts } from "./values";

const responseCodes = ["FOUND", "MOVED_PERMANENTLY_DEFAULT", "PERMANENT_REDIRECT", "SEE_OTHER", "TEMPORARY_REDIRECT"];
const proxyForceNew = ["name", "description", "proxy_bind", "http_keep_alive_timeout_sec", "project"];
const proxies = [
  { type: "google_compute_target_https_proxy", paths: ["url_map"] },
  { type: "google_compute_target_http_proxy", paths: ["url_map"] },
];
const forwardingRules = [{ type: "google_compute_global_forwarding_rule", paths: ["target"] }];

/** The front of a global external Application Load Balancer. Source: the Google provider 6.50, package compute. */
export const loadBalancerRules: readonly RulesOfType[] = [
  computeResource({
    type: "google_compute_global_address",
    label: "GlobalAddress",
    collection: "addresses",
    forceNew: [
      "name",
      "address",
      "address_type",
      "description",
      "ip_version",
      "network",
      "prefix_length",
      "purpose",
      "project",
    ],
    defaults: { address_type: "EXTERNAL" },
    check: all(oneOf("address_type", ["EXTERNAL", "INTERNAL"]), oneOf("ip_version", ["IPV4", "IPV6"])),
    computed: (values, _context, id) => ({
      ...labelled(values, id),
      // TEST-NET-3 (RFC 5737): never routed, so nothing can mistake it for a real address.
      address: `203.0.113.${(Number.parseInt(digestOf(id, "address").slice(0, 4), 16) % 254) + 1}`,
      prefix_length: 0,
    }),
    users: { kind: "address", by: [{ type: "google_compute_global_forwarding_rule", paths: ["ip_address"] }] },
  }),
  computeResource({
    type: "google_compute_managed_ssl_certificate",
    label: "ManagedSslCertificate",
    collection: "sslCertificates",
    forceNew: ["name", "description", "managed", "type", "project"],
    defaults: { type: "MANAGED" },
    check: all(oneOf("type", ["MANAGED"]), atMost("managed.domains", 100)),
    numericId: "certificate_id",
    computed: (values) => ({
      expire_time: "",
      subject_alternative_names: blocks(values, "managed").flatMap((managed) => texts(managed, "domains")),
    }),
    users: {
      kind: "ssl_certificate",
      by: [{ type: "google_compute_target_https_proxy", paths: ["ssl_certificates"] }],
    },
  }),
  computeResource({
    type: "google_compute_ssl_policy",
    label: "SslPolicy",
    collection: "sslPolicies",
    forceNew: ["name", "description", "project"],
    defaults: { min_tls_version: "TLS_1_0", profile: "COMPATIBLE" },
    check: all(
      oneOf("min_tls_version", ["TLS_1_0", "TLS_1_1", "TLS_1_2"]),
      oneOf("profile", ["COMPATIBLE", "MODERN", "RESTRICTED", "CUSTOM"]),
    ),
    fingerprint: "fingerprint",
    computed: () => ({ enabled_features: [] }),
    users: { kind: "ssl_policy", by: [{ type: "google_compute_target_https_proxy", paths: ["ssl_policy"] }] },
  }),
  computeResource({
    type: "google_compute_url_map",
    label: "UrlMap",
    collection: "urlMaps",
    forceNew: ["name", "project"],
    defaults: { "default_url_redirect.https_redirect": false },
    check: all(
      (values) =>
        isSet(values["default_route_action"]) ? [] : exactlyOneOf("default_service", "default_url_redirect")(values),
      oneOf("default_url_redirect.redirect_response_code", responseCodes),
      oneOf("path_matcher.default_url_redirect.redirect_response_code", responseCodes),
      oneOf("path_matcher.path_rule.url_redirect.redirect_response_code", responseCodes),
      within("default_url_redirect", conflicting("path_redirect", "prefix_redirect")),
    ),
    numericId: "map_id",
    fingerprint: "fingerprint",
    refuse: (values, _context, action) => {
      const matchers = new Set(blocks(values, "path_matcher").map((matcher) => text(matcher, "name")));
      const wrong = blocks(values, "host_rule").findIndex((rule) => !matchers.has(text(rule, "path_matcher")));
      if (wrong < 0) return undefined;
      const named = text(blocks(values, "host_rule")[wrong] ?? {}, "path_matcher") ?? "";
      return googleRefusal(
        action,
        400,
        `Invalid value for field 'resource.hostRules[${wrong}].pathMatcher': '${named}'. Reference to missing pathMatcher`,
        "invalid",
        ["host_rule"],
      );
    },
    users: { kind: "url_map", by: proxies },
  }),
  computeResource({
    type: "google_compute_target_https_proxy",
    label: "TargetHttpsProxy",
    collection: "targetHttpsProxies",
    forceNew: proxyForceNew,
    defaults: { quic_override: "NONE" },
    check: all(
      oneOf("quic_override", ["NONE", "ENABLE", "DISABLE"]),
      oneOf("tls_early_data", ["STRICT", "PERMISSIVE", "UNRESTRICTED", "DISABLED"]),
      conflicting("certificate_manager_certificates", "ssl_certificates"),
      atMost("ssl_certificates", 15),
    ),
    numericId: "proxy_id",
    fingerprint: "fingerprint",
    computed: () => ({ proxy_bind: false, tls_early_data: "DISABLED" }),
    users: { kind: "target_https_proxy", by: forwardingRules },
  }),
  computeResource({
    type: "google_compute_target_http_proxy",
    label: "TargetHttpProxy",
    collection: "targetHttpProxies",
    forceNew: proxyForceNew,
    numericId: "proxy_id",
    fingerprint: "fingerprint",
    computed: () => ({ proxy_bind: false }),
    users: { kind: "target_http_proxy", by: forwardingRules },
  }),
  computeResource({
    type: "google_compute_global_forwarding_rule",
    label: "GlobalForwardingRule",
    collection: "forwardingRules",
    untimed: true,
    forceNew: [
      "name",
      "description",
      "ip_address",
      "ip_protocol",
      "ip_version",
      "metadata_filters",
      "network",
      "no_automate_dns_zone",
      "port_range",
      "service_directory_registrations",
      "source_ip_ranges",
      "subnetwork",
      "project",
    ],
    defaults: { load_balancing_scheme: "EXTERNAL" },
    check: all(
      oneOf("ip_protocol", ["TCP", "UDP", "ESP", "AH", "SCTP", "ICMP"]),
      oneOf("ip_version", ["IPV4", "IPV6"]),
      oneOf("load_balancing_scheme", ["EXTERNAL", "EXTERNAL_MANAGED", "INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"]),
    ),
    numericId: "forwarding_rule_id",
    computed: (values, _context, id) => ({
      ...labelled(values, id),
      base_forwarding_rule: "",
      psc_connection_id: "",
      psc_connection_status: "",
      ip_protocol: "TCP",
      network: "",
      network_tier: "PREMIUM",
      subnetwork: "",
    }),
  }),
];
