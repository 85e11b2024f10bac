import type { JsonObject } from "../../../analysis";
import { all, atLeastOneOf, between, conflicting, oneOf, within } from "./checks";
import { computeResource } from "./compute-resource";
import { googleRefusal } from "./google-refusal";
import { findNamed, type RulesOfType } from "./google-resource";
import type { RuleContext, Violation } from "./resource-rules";
import { block, blocks, flag, isSet, text, texts } from "./values";

const groupType = "google_compute_region_network_endpoint_group";
const serverless = "with Serverless network endpoint groups";

/** Services that a URL map names. */
const servicePaths = [
  "default_service",
  "path_matcher.default_service",
  "path_matcher.path_rule.service",
  "path_matcher.route_rules.service",
  "test.service",
];

/** Serverless network endpoint groups and backend services. Source: the Google provider 6.50, package compute. */
export const backendRules: readonly RulesOfType[] = [
  computeResource({
    type: groupType,
    label: "RegionNetworkEndpointGroup",
    collection: "networkEndpointGroups",
    regional: true,
    untimed: true,
    nameIsChecked: true,
    forceNew: [
      "name",
      "region",
      "description",
      "network_endpoint_type",
      "cloud_run",
      "cloud_function",
      "app_engine",
      "network",
      "subnetwork",
      "psc_target_service",
      "psc_data",
      "project",
    ],
    defaults: { network_endpoint_type: "SERVERLESS" },
    check: all(
      oneOf("network_endpoint_type", [
        "SERVERLESS",
        "PRIVATE_SERVICE_CONNECT",
        "INTERNET_IP_PORT",
        "INTERNET_FQDN_PORT",
        "GCE_VM_IP_PORTMAP",
      ]),
      conflicting("app_engine", "cloud_function", "cloud_run"),
      within("cloud_run", atLeastOneOf("service", "url_mask")),
    ),
    users: {
      kind: "network_endpoint_group",
      by: [{ type: "google_compute_backend_service", paths: ["backend.group"] }],
    },
  }),
  computeResource({
    type: "google_compute_backend_service",
    label: "BackendService",
    collection: "backendServices",
    nameIsChecked: true,
    forceNew: ["name", "project"],
    defaults: {
      load_balancing_scheme: "EXTERNAL",
      connection_draining_timeout_sec: 300,
      "backend.balancing_mode": "UTILIZATION",
      "backend.capacity_scaler": 1,
    },
    check: all(
      oneOf("protocol", ["HTTP", "HTTPS", "HTTP2", "TCP", "SSL", "UDP", "GRPC", "UNSPECIFIED", "H2C"]),
      oneOf("load_balancing_scheme", ["EXTERNAL", "INTERNAL_SELF_MANAGED", "INTERNAL_MANAGED", "EXTERNAL_MANAGED"]),
      oneOf("session_affinity", [
        "NONE",
        "CLIENT_IP",
        "CLIENT_IP_PORT_PROTO",
        "CLIENT_IP_PROTO",
        "GENERATED_COOKIE",
        "HEADER_FIELD",
        "HTTP_COOKIE",
        "STRONG_COOKIE_AFFINITY",
      ]),
      oneOf("compression_mode", ["AUTOMATIC", "DISABLED"]),
      oneOf("backend.balancing_mode", ["UTILIZATION", "RATE", "CONNECTION", "CUSTOM_METRICS"]),
      between("log_config.sample_rate", 0, 1),
    ),
    numericId: "generated_id",
    fingerprint: "fingerprint",
    computed: () => ({ port_name: "http", protocol: "HTTP", session_affinity: "NONE", timeout_sec: 30 }),
    refuse: refuseBackend,
    users: { kind: "backend_service", by: [{ type: "google_compute_url_map", paths: servicePaths }] },
  }),
];

function refuseBackend(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const refusal = (message: string, argument: string) => googleRefusal(action, 400, message, "invalid", [argument]);
  const groups = blocks(values, "backend").flatMap((backend) => text(backend, "group") ?? []);
  const isServerless = groups.some((group) => findNamed(context, groupType, group)?.values["cloud_run"] !== undefined);
  const field = (name: string, message: string) => refusal(`Invalid value for field '${name}': ${message}`, "backend");
  if (isServerless) {
    if (isChosen(values, "timeout_sec", 30))
      return refusal(`Timeout sec is not supported for a backend service ${serverless}.`, "timeout_sec");
    if (isChosen(values, "port_name", "http"))
      return refusal(`Port name is not supported for a backend service ${serverless}.`, "port_name");
    if (texts(values, "health_checks").length > 0)
      return refusal(`Health checks are not supported for a backend service ${serverless}.`, "health_checks");
  }
  const missing = groups.find((group) => isGroupName(group) && findNamed(context, groupType, group) === undefined);
  if (missing !== undefined)
    return field("resource.backends[0].group", `'${missing}'. The referenced network endpoint group does not exist.`);
  if (flag(values, "enable_cdn") && flag(block(values, "iap") ?? {}, "enabled"))
    return refusal("IAP and Cloud CDN cannot be enabled on the same backend service.", "enable_cdn");
  return refuseHeaders(texts(values, "custom_request_headers"), refusal);
}

const isGroupName = (group: string): boolean =>
  group.includes("/networkEndpointGroups/") && group.includes("/regions/");

/** What the provider reads back of the API for an argument left out is no choice of the user's. */
const isChosen = (values: JsonObject, name: string, readBack: string | number): boolean =>
  isSet(values[name]) && values[name] !== readBack;

/** Source: cloud.google.com/load-balancing/docs/https/custom-headers. */
function refuseHeaders(
  headers: readonly string[],
  refusal: (message: string, argument: string) => Violation,
): Violation | undefined {
  const names = headers.map((header) => header.split(":")[0]?.trim().toLowerCase() ?? "");
  const invalid = (problem: string) =>
    refusal(`Invalid value for field 'resource.customRequestHeaders': ${problem}`, "custom_request_headers");
  if (names.length > 16) return invalid(`'${names.length}'. Must be at most 16 headers.`);
  const reserved = names.find((name) => /^(x-google|x-goog-|x-gfe|x-amz-)/.test(name) || name === "");
  if (reserved !== undefined) return invalid(`'${reserved}'. The header name is reserved.`);
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  return twice === undefined ? undefined : invalid(`'${twice}'. The header is given more than once.`);
}
