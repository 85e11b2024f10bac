import type { BlockSchema } from "./block-schema";

/**
 * What the providers mark as sensitive, which the bindings do not tell, as dotted paths through blocks.
 * Source: registry.terraform.io, documentation of google 6.50.0 and azuread 3.7.0 ("This property is sensitive and will
 * not be displayed in the plan").
 */
export const sensitiveOfResources: Readonly<Record<string, readonly string[]>> = {
  google_certificate_manager_trust_config: [
    "trust_stores.trust_anchors.pem_certificate",
    "trust_stores.intermediate_cas.pem_certificate",
  ],
  google_compute_backend_service: [
    "iap.oauth2_client_secret",
    "iap.oauth2_client_secret_sha256",
    "security_settings.aws_v4_authentication.access_key",
  ],
  google_iam_oauth_client_credential: ["client_secret"],
  google_iam_workforce_pool_provider: [
    "oidc.client_secret.value.plain_text",
    "extra_attributes_oauth2_client.client_secret.value.plain_text",
  ],
  google_iap_settings: ["access_settings.workforce_identity_settings.oauth2.client_secret"],
  google_secret_manager_secret_version: ["secret_data"],
  google_service_account_key: ["private_key"],
  google_sql_database_instance: ["root_password"],
  google_sql_user: ["password"],
  azuread_application_certificate: ["value"],
  azuread_application_password: ["value"],
  azuread_service_principal_certificate: ["value"],
  azuread_service_principal_password: ["value"],
};

/** The same for data sources. */
export const sensitiveOfDataSources: Readonly<Record<string, readonly string[]>> = {
  google_client_config: ["access_token"],
  google_secret_manager_secret_version: ["secret_data"],
  google_service_account_access_token: ["access_token"],
  google_service_account_id_token: ["id_token"],
  google_service_account_jwt: ["jwt"],
};

/** The schema with the attributes at `paths` marked as sensitive. Terraform then hides them, and what depends on them. */
export function markSensitive(schema: BlockSchema, paths: readonly string[]): BlockSchema {
  return paths.reduce((marked, path) => markPath(marked, path.split(".")), schema);
}

/** @throws {Error} for a path that the schema does not have */
function markPath(schema: BlockSchema, [name = "", ...rest]: readonly string[]): BlockSchema {
  const attribute = schema.attributes[name];
  if (rest.length === 0 && attribute !== undefined) {
    return { ...schema, attributes: { ...schema.attributes, [name]: { ...attribute, sensitive: true } } };
  }
  const nested = schema.blocks[name];
  if (nested === undefined) throw new Error(`There is no ${[name, ...rest].join(".")} to mark as sensitive`);
  return { ...schema, blocks: { ...schema.blocks, [name]: { ...nested, block: markPath(nested.block, rest) } } };
}
