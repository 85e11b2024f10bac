import type { JsonObject } from "../../../analysis";
import { all, matches, oneOf } from "./checks";
import { creationTime, digestOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { googleResource, type RulesOfType } from "./google-resource";
import { isNetwork } from "./private-network";
import { canonicalName, projectOf } from "./project";
import type { RuleContext, Violation } from "./resource-rules";
import { block, text } from "./values";

const instanceType = "google_sql_database_instance";

/** Cloud SQL instances, databases and users. Source: the Google provider 6.50, package sql; cloud.google.com/sql/docs/postgres/admin-api/rest/v1. */
export const cloudSqlRules: readonly RulesOfType[] = [
  googleResource({
    type: instanceType,
    label: "DatabaseInstance",
    // The provider's own id of an instance is its bare name; the project makes it one of the whole cloud.
    id: "projects/{project}/instances/{name}",
    importForms: ["{project}/{name}", "{name}"],
    forceNew: [
      "name",
      "region",
      "project",
      "master_instance_name",
      "encryption_key_name",
      "settings.time_zone",
      "settings.collation",
    ],
    defaults: {
      deletion_protection: true,
      "settings.activation_policy": "ALWAYS",
      "settings.availability_type": "ZONAL",
      "settings.disk_autoresize": true,
      "settings.disk_autoresize_limit": 0,
      "settings.pricing_plan": "PER_USE",
      "settings.ip_configuration.ipv4_enabled": true,
    },
    check: all(
      matches("name", /^[a-z][a-z0-9-]{0,95}$/),
      oneOf("settings.availability_type", ["REGIONAL", "ZONAL"]),
      oneOf("settings.edition", ["ENTERPRISE", "ENTERPRISE_PLUS"]),
      oneOf("settings.activation_policy", ["ALWAYS", "NEVER", "ON_DEMAND"]),
      oneOf("settings.ip_configuration.ssl_mode", [
        "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
        "ENCRYPTED_ONLY",
        "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
      ]),
      oneOf("settings.ip_configuration.server_ca_mode", [
        "CA_MODE_UNSPECIFIED",
        "GOOGLE_MANAGED_INTERNAL_CA",
        "GOOGLE_MANAGED_CAS_CA",
        "CUSTOMER_MANAGED_CAS_CA",
      ]),
    ),
    computed: computedOfInstance,
    exists: () => ["The Cloud SQL instance already exists.", "instanceAlreadyExists"],
    refuse: refuseInstance,
    refuseDelete: refuseDeletion,
  }),
  googleResource({
    type: "google_sql_database",
    label: "Database",
    id: "projects/{project}/instances/{instance}/databases/{name}",
    importForms: [
      "instances/{instance}/databases/{name}",
      "{project}/{instance}/{name}",
      "{instance}/{name}",
      "{name}",
    ],
    forceNew: ["name", "instance", "project"],
    defaults: { deletion_policy: "DELETE" },
    check: oneOf("deletion_policy", ["ABANDON", "DELETE"]),
    computed: (_values, _context, id) => ({
      charset: "UTF8",
      collation: "en_US.UTF8",
      self_link: `https://sqladmin.googleapis.com/sql/v1beta4/${id}`,
    }),
    exists: (_id, values) => [`database "${text(values, "name") ?? ""}" already exists`, "invalid"],
    refuse: missingInstance,
  }),
  googleResource({
    type: "google_sql_user",
    label: "User",
    id: "projects/{project}/instances/{instance}/users/{name}",
    importForms: ["{project}/{instance}/{name}"],
    forceNew: ["name", "instance", "host", "project", "type"],
    check: all(
      oneOf("deletion_policy", ["ABANDON", ""]),
      oneOf("type", [
        "BUILT_IN",
        "CLOUD_IAM_USER",
        "CLOUD_IAM_SERVICE_ACCOUNT",
        "CLOUD_IAM_GROUP",
        "CLOUD_IAM_GROUP_USER",
        "CLOUD_IAM_GROUP_SERVICE_ACCOUNT",
      ]),
    ),
    computed: () => ({ host: "", sql_server_user_details: [] }),
    exists: (_id, values) => [`user "${text(values, "name") ?? ""}" already exists`, "invalid"],
    refuse: (values, context, action) =>
      missingInstance(values, context, action) ?? refuseUser(values, context, action),
  }),
];

function computedOfInstance(values: JsonObject, context: RuleContext, id: string): JsonObject {
  const project = projectOf(values, context).id;
  const name = text(values, "name") ?? "";
  const digest = digestOf(id, "address");
  // Of the range that private services are given by default; nothing answers there.
  const address = `10.${Number.parseInt(digest.slice(0, 2), 16) % 200}.0.3`;
  return {
    available_maintenance_versions: [],
    connection_name: `${project}:${text(values, "region") ?? ""}:${name}`,
    dns_name: "",
    dns_names: [],
    encryption_key_name: "",
    first_ip_address: address,
    instance_type: "CLOUD_SQL_INSTANCE",
    ip_address: [{ ip_address: address, time_to_retire: "", type: "PRIVATE" }],
    maintenance_version: "POSTGRES_16_8.R20250302.00_10",
    master_instance_name: "",
    node_count: 0,
    private_ip_address: address,
    psc_service_attachment_link: "",
    public_ip_address: "",
    replica_names: [],
    self_link: `https://sqladmin.googleapis.com/sql/v1beta4/${id}`,
    server_ca_cert: [
      {
        cert: `-----BEGIN CERTIFICATE-----\n${Buffer.from(`${project}:${name} ${digest}`).toString("base64")}\n-----END CERTIFICATE-----\n`,
        common_name: `C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA,dnQualifier=${digest.slice(0, 12)}`,
        create_time: creationTime,
        expiration_time: creationTime.replace("2026", "2036"),
        sha1_fingerprint: digest.slice(0, 40),
      },
    ],
    service_account_email_address: `p${projectOf(values, context).number}-${digest.slice(0, 6)}@gcp-sa-cloud-sql.iam.gserviceaccount.com`,
  };
}

function refuseInstance(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const settings = block(values, "settings") ?? {};
  const address = block(settings, "ip_configuration") ?? {};
  const network = text(address, "private_network");
  const invalid = (message: string) =>
    googleRefusal(action, 400, `Invalid request: ${message}`, "invalid", ["settings", 0, "ip_configuration"]);
  if (network === undefined) {
    if (address["ipv4_enabled"] !== false) return undefined;
    return invalid("At least one of Public IP, Private IP or PSC connectivity must be enabled.");
  }
  if (!isNetwork(network, context)) return invalid(`Network "${network}" does not exist.`);
  const isConnected = context.store
    .ofType("google_service_networking_connection")
    .some(
      ({ values: found }) => canonicalName(text(found, "network") ?? "", context) === canonicalName(network, context),
    );
  return isConnected
    ? undefined
    : googleRefusal(
        action,
        400,
        "Failed to create subnetwork. Couldn't find free blocks in allocated IP ranges. Please allocate new ranges for this service provider: NETWORK_NOT_PEERED.",
        "invalid",
        ["settings", 0, "ip_configuration"],
      );
}

/** The provider refuses by its state, Cloud SQL by the setting of the same purpose. */
function refuseDeletion(values: JsonObject): Violation | undefined {
  const path = ["deletion_protection"];
  if (values["deletion_protection"] !== false)
    return {
      path,
      summary:
        "Error, failed to delete instance because deletion_protection is set to true. Set it to false to proceed with instance deletion",
    };
  if (block(values, "settings")?.["deletion_protection_enabled"] !== true) return undefined;
  const message = "The instance is protected. Please disable the deletion protection and try again.";
  return googleRefusal("Error, failed to delete instance", 400, message, "invalid", path);
}

function missingInstance(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const name = text(values, "instance") ?? "";
  const { id } = projectOf(values, context);
  const found = context.store.find(
    instanceType,
    ({ values: instance }) => instance["name"] === name && projectOf(instance, context).id === id,
  );
  if (found !== undefined) return undefined;
  return googleRefusal(action, 404, "The Cloud SQL instance does not exist.", "instanceDoesNotExist", ["instance"]);
}

/** A log-in of IAM is a service account that is there, without the end that all have in common. */
function refuseUser(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  if (text(values, "type") !== "CLOUD_IAM_SERVICE_ACCOUNT") return undefined;
  const name = text(values, "name") ?? "";
  const invalid = (message: string) => googleRefusal(action, 400, `Invalid request: ${message}`, "invalid", ["name"]);
  if (name.endsWith(".gserviceaccount.com"))
    return invalid(
      'Database username for Cloud IAM service account should be created without ".gserviceaccount.com" suffix.',
    );
  const isThere = context.store
    .ofType("google_service_account")
    .some(({ values: { email } }) => email === `${name}.gserviceaccount.com`);
  return isThere ? undefined : invalid(`Service account ${name}.gserviceaccount.com does not exist.`);
}
