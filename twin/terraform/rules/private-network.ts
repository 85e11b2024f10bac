import { all, oneOf } from "./checks";
import { computeResource } from "./compute-resource";
import { digitsOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { findNamed, googleResource, type RulesOfType } from "./google-resource";
import { canonicalName } from "./project";
import type { RuleContext, Violation } from "./resource-rules";
import { text } from "./values";

const networkType = "google_compute_network";

/** Private networks and what managed services are connected to them by. Source: the Google provider 6.50, packages compute and servicenetworking. */
export const privateNetworkRules: readonly RulesOfType[] = [
  computeResource({
    type: networkType,
    label: "Network",
    collection: "networks",
    nameIsChecked: true,
    untimed: true,
    forceNew: [
      "name",
      "auto_create_subnetworks",
      "description",
      "enable_ula_internal_ipv6",
      "internal_ipv6_range",
      "network_profile",
      "project",
    ],
    defaults: {
      auto_create_subnetworks: true,
      delete_default_routes_on_create: false,
      network_firewall_policy_enforcement_order: "AFTER_CLASSIC_FIREWALL",
    },
    check: oneOf("routing_mode", ["REGIONAL", "GLOBAL"]),
    computed: (_values, _context, id) => ({
      bgp_best_path_selection_mode: "LEGACY",
      gateway_ipv4: "",
      internal_ipv6_range: "",
      mtu: 0,
      network_id: Number(digitsOf(id, "network", 15)),
      numeric_id: digitsOf(id, "network", 15),
      routing_mode: "REGIONAL",
    }),
    users: {
      kind: "network",
      by: [
        { type: "google_compute_subnetwork", paths: ["network"] },
        { type: "google_compute_global_address", paths: ["network"] },
        { type: "google_sql_database_instance", paths: ["settings.ip_configuration.private_network"] },
      ],
    },
  }),
  computeResource({
    type: "google_compute_subnetwork",
    label: "Subnetwork",
    collection: "subnetworks",
    regional: true,
    nameIsChecked: true,
    fingerprint: "fingerprint",
    forceNew: ["name", "description", "ip_collection", "network", "region", "reserved_internal_range", "project"],
    check: all(
      oneOf("stack_type", ["IPV4_ONLY", "IPV4_IPV6", "IPV6_ONLY"]),
      oneOf("role", ["ACTIVE", "BACKUP"]),
      oneOf("purpose", ["PRIVATE", "REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY", "PRIVATE_SERVICE_CONNECT"]),
    ),
    computed: (values, _context, id) => ({
      enable_flow_logs: false,
      external_ipv6_prefix: "",
      gateway_address: (text(values, "ip_cidr_range") ?? "").replace(/\d+\/\d+$/, "1"),
      internal_ipv6_prefix: "",
      ipv6_cidr_range: "",
      ipv6_gce_endpoint: "",
      private_ip_google_access: false,
      private_ipv6_google_access: "DISABLE_GOOGLE_ACCESS",
      purpose: "PRIVATE",
      stack_type: "IPV4_ONLY",
      state: "",
      subnetwork_id: Number(digitsOf(id, "subnetwork", 15)),
    }),
    refuse: refuseSubnetwork,
    users: {
      kind: "subnetwork",
      by: ["google_cloud_run_v2_service", "google_cloud_run_v2_job"].map((type) => ({
        type,
        paths: [
          "template.vpc_access.network_interfaces.subnetwork",
          "template.template.vpc_access.network_interfaces.subnetwork",
        ],
      })),
    },
  }),
  googleResource({
    type: "google_service_networking_connection",
    label: "Service Networking Connection",
    id: "{network}:{service}",
    forceNew: ["network", "service"],
    computed: () => ({ peering: "servicenetworking-googleapis-com" }),
    refuse: refuseConnection,
  }),
];

/** Whether a network is there under a name, an id or a link. */
export const isNetwork = (name: string, context: RuleContext): boolean =>
  findNamed(context, networkType, name) !== undefined ||
  context.store.ofType(networkType).some(({ values }) => values["name"] === name);

function refuseSubnetwork(values: Parameters<typeof text>[0], context: RuleContext, action: string) {
  const network = text(values, "network") ?? "";
  if (isNetwork(network, context)) return undefined;
  return googleRefusal(action, 404, `The resource '${network}' was not found`, "notFound", ["network"]);
}

/** Ranges are addresses of the network's own that were set aside for peering. */
function refuseConnection(
  values: Parameters<typeof text>[0],
  context: RuleContext,
  action: string,
): Violation | undefined {
  const network = text(values, "network") ?? "";
  const isOfNetwork = (name: unknown) =>
    context.store
      .ofType("google_compute_global_address")
      .some(
        ({ values: address }) =>
          address["name"] === name &&
          address["purpose"] === "VPC_PEERING" &&
          canonicalName(text(address, "network") ?? "", context) === canonicalName(network, context),
      );
  const ranges = values["reserved_peering_ranges"];
  const missing = (Array.isArray(ranges) ? ranges : []).find((range) => !isOfNetwork(range));
  if (missing === undefined && isNetwork(network, context)) return undefined;
  const message = `An IP range in the peering network (${network}) has not been allocated: ${String(missing ?? "")}`;
  return googleRefusal(action, 400, message, "invalid", ["reserved_peering_ranges"]);
}
