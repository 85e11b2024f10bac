import { createHash } from "node:crypto";
import type { JsonObject, Resource } from "../../analysis";
import { textAttribute as text } from "./resource-attribute";

/**
 * What the cloud adds to a resource when it is created: the attributes that Terraform calls computed and that other
 * resources read. Ids are derived from the resource's address, so that a second apply gives the same ones.
 */

/** A stable digest of a resource and a purpose. */
function digest(resource: Resource, purpose: string): string {
  return createHash("sha256").update(`${resource.stack}/${resource.address}/${purpose}`).digest("hex");
}

function uuid(resource: Resource, purpose: string): string {
  const hex = digest(resource, purpose);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** `length` decimal digits, never beginning with 0. */
function digits(resource: Resource, purpose: string, length: number): string {
  const value = (BigInt(`0x${digest(resource, purpose)}`) % 10n ** BigInt(length - 1)).toString().padStart(length - 1, "0");
  return `1${value}`;
}

/** A secret value; opaque, and of no use outside the twin. */
function secret(resource: Resource, purpose: string): string {
  return createHash("sha256").update(`secret/${resource.stack}/${resource.address}/${purpose}`).digest("base64url");
}

type Rule = (resource: Resource, project: GoogleProject) => JsonObject;

/** A project that exists before anything is applied. */
export interface GoogleProject {
  readonly id: string;
  readonly number: string;
  /** The stack whose resources belong to it where they name no project. */
  readonly stack: string;
}

const named = (name: string): JsonObject => ({ id: name, name });
const active = (name: string): JsonObject => ({ ...named(name), state: "ACTIVE" });

/** A global compute resource: id and self_link. */
const compute =
  (collection: string): Rule =>
  (resource, project) => {
    const id = `projects/${text(resource, "project") ?? project.id}/global/${collection}/${text(resource, "name") ?? resource.name}`;
    return { id, self_link: `https://www.googleapis.com/compute/v1/${id}`, fingerprint: digest(resource, "fingerprint").slice(0, 12) };
  };

/** A member binding: its id and the policy's etag. */
const binding: Rule = (resource) => ({
  id: digest(resource, "binding").slice(0, 20),
  etag: digest(resource, "etag").slice(0, 12),
});

const entraApplicationChild: Rule = (resource) => ({ id: uuid(resource, "id") });

const rules: Readonly<Record<string, Rule>> = {
  google_iam_workload_identity_pool: (resource, project) =>
    active(`projects/${project.number}/locations/global/workloadIdentityPools/${text(resource, "workload_identity_pool_id")}`),
  google_iam_workload_identity_pool_provider: (resource, project) =>
    active(
      `projects/${project.number}/locations/global/workloadIdentityPools/${text(resource, "workload_identity_pool_id")}/providers/${text(resource, "workload_identity_pool_provider_id")}`,
    ),
  google_iam_workforce_pool: (resource) => active(`locations/global/workforcePools/${text(resource, "workforce_pool_id")}`),
  google_iam_workforce_pool_provider: (resource) =>
    active(`locations/global/workforcePools/${text(resource, "workforce_pool_id")}/providers/${text(resource, "provider_id")}`),
  google_service_account: (resource, project) => {
    const owner = text(resource, "project") ?? project.id;
    const email = `${text(resource, "account_id")}@${owner}.iam.gserviceaccount.com`;
    return { ...named(`projects/${owner}/serviceAccounts/${email}`), email, member: `serviceAccount:${email}`, unique_id: digits(resource, "unique_id", 21) };
  },
  google_service_account_iam_member: binding,
  google_project_iam_member: binding,
  google_bigquery_dataset_iam_member: binding,
  google_cloud_run_v2_service_iam_member: binding,
  google_iap_web_backend_service_iam_member: binding,
  google_secret_manager_secret_iam_member: binding,
  google_project_service: (resource, project) => ({ id: `${text(resource, "project") ?? project.id}/${text(resource, "service")}` }),
  google_bigquery_dataset: (resource, project) => {
    const id = `projects/${text(resource, "project") ?? project.id}/datasets/${text(resource, "dataset_id")}`;
    return {
      id,
      self_link: `https://bigquery.googleapis.com/bigquery/v2/${id}`,
      etag: digest(resource, "etag").slice(0, 22),
      creation_time: 1_767_225_600_000,
      last_modified_time: 1_767_225_600_000,
    };
  },
  google_compute_global_address: (resource, project) => ({
    ...compute("addresses")(resource, project),
    // TEST-NET-3 (RFC 5737): never routed, so nothing can mistake it for a real address.
    address: `203.0.113.${(Number.parseInt(digest(resource, "address").slice(0, 4), 16) % 254) + 1}`,
  }),
  google_compute_managed_ssl_certificate: compute("sslCertificates"),
  google_compute_ssl_policy: compute("sslPolicies"),
  google_compute_url_map: compute("urlMaps"),
  google_compute_target_https_proxy: compute("targetHttpsProxies"),
  google_compute_target_http_proxy: compute("targetHttpProxies"),
  google_compute_global_forwarding_rule: compute("forwardingRules"),
  google_compute_backend_service: (resource, project) => ({
    ...compute("backendServices")(resource, project),
    generated_id: Number(digits(resource, "generated_id", 15)),
  }),
  google_compute_region_network_endpoint_group: (resource, project) => {
    const id = `projects/${text(resource, "project") ?? project.id}/regions/${text(resource, "region")}/networkEndpointGroups/${text(resource, "name")}`;
    return { id, self_link: `https://www.googleapis.com/compute/v1/${id}` };
  },
  google_iap_settings: (resource) => ({ id: text(resource, "name") ?? "" }),
  google_iam_oauth_client: (resource, project) => ({
    ...active(`projects/${text(resource, "project") ?? project.id}/locations/global/oauthClients/${text(resource, "oauth_client_id")}`),
    client_id: uuid(resource, "client_id"),
  }),
  google_iam_oauth_client_credential: (resource, project) => ({
    ...named(
      `projects/${text(resource, "project") ?? project.id}/locations/global/oauthClients/${text(resource, "oauthclient")}/credentials/${text(resource, "oauth_client_credential_id")}`,
    ),
    client_secret: secret(resource, "client_secret"),
  }),
  google_cloud_run_v2_service: (resource, project) => {
    const location = text(resource, "location");
    const name = text(resource, "name");
    return {
      id: `projects/${text(resource, "project") ?? project.id}/locations/${location}/services/${name}`,
      uri: `https://${name}-${project.number}.${location}.run.app`,
      uid: uuid(resource, "uid"),
      latest_ready_revision: `${name}-00001-${digest(resource, "revision").slice(0, 3)}`,
    };
  },
  google_secret_manager_secret: (resource, project) => named(`projects/${project.number}/secrets/${text(resource, "secret_id")}`),
  google_certificate_manager_trust_config: (resource, project) => ({
    id: `projects/${text(resource, "project") ?? project.id}/locations/global/trustConfigs/${text(resource, "name")}`,
  }),
  google_network_security_server_tls_policy: (resource, project) => ({
    id: `projects/${text(resource, "project") ?? project.id}/locations/global/serverTlsPolicies/${text(resource, "name")}`,
  }),
  azuread_application_registration: (resource) => {
    const objectId = uuid(resource, "object_id");
    return { id: `/applications/${objectId}`, object_id: objectId, client_id: uuid(resource, "client_id") };
  },
  azuread_application_app_role: entraApplicationChild,
  azuread_application_identifier_uri: entraApplicationChild,
  azuread_application_optional_claims: entraApplicationChild,
  azuread_application_redirect_uris: entraApplicationChild,
  azuread_application_certificate: (resource) => ({ id: uuid(resource, "id"), key_id: uuid(resource, "key_id") }),
  azuread_application_password: (resource) => ({
    id: uuid(resource, "id"),
    key_id: uuid(resource, "key_id"),
    value: secret(resource, "value"),
  }),
  azuread_service_principal: (resource) => {
    const objectId = uuid(resource, "object_id");
    return { id: `/servicePrincipals/${objectId}`, object_id: objectId };
  },
  azuread_app_role_assignment: (resource) => ({ id: uuid(resource, "id") }),
  terraform_data: (resource) => ({ id: uuid(resource, "id"), output: resource.values["input"] ?? null }),
};

/** Resource types that the twin can apply. */
export const applicableTypes: ReadonlySet<string> = new Set(Object.keys(rules));

/**
 * Computed attributes of a resource whose arguments are resolved.
 * @throws {UnknownResourceTypeError} for a type without a rule: the twin does not guess.
 */
export function computedAttributes(resource: Resource, project: GoogleProject): JsonObject {
  const rule = rules[resource.type];
  if (rule === undefined) throw new UnknownResourceTypeError(resource);
  return rule(resource, project);
}

export class UnknownResourceTypeError extends Error {
  override readonly name = "UnknownResourceTypeError";

  constructor(resource: Resource) {
    super(`The twin has no rule for resource type ${resource.type} (${resource.stack}: ${resource.address}).`);
  }
}
