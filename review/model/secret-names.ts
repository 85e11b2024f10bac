import type { JsonObject } from "../../analysis";

/**
 * Attribute names behind which a secret lies, also where Terraform does not mark it: the bindings' schema carries no
 * sensitivity, and state of older providers neither.
 */

/** The whole of what stands under such a name is hidden, blocks too. */
const secretNames =
  /(^|_)(password|passwd|passphrase|pwd|client_secret|plain_?text|private_key|private_key_(pem|pkcs8|pem_pkcs8|openssh|data|base64)|secret_(data|value|string|key|access_key)|secret_data_wo|api_?key|shared_(secret|key)|(access|refresh|id|auth|bearer|session|oauth|security|sas|bot|federated|github|registration)_token|connection_string|credentials_json|account_key|kubeconfig|bcrypt_hash|shared_access_signature)$/;

/** Names also of blocks that only refer to secrets; hidden where they hold a text. */
const secretTextNames = /(^|_)(secret|token|credential|credentials|authorization|cookie)$/;

/** Blocks in which `secret` is the name of a secret of Secret Manager, which a reviewer has to see. */
const referringBlocks = new Set(["secret_key_ref", "secret"]);

/** Attributes that are secrets in one resource type and ordinary in others. */
const secretAttributes: Readonly<Record<string, ReadonlySet<string>>> = {
  azuread_application_password: new Set(["value"]),
  azuread_service_principal_password: new Set(["value"]),
  azuread_synchronization_secret: new Set(["value"]),
  google_storage_hmac_key: new Set(["secret"]),
  random_password: new Set(["result", "bcrypt_hash"]),
  random_string: new Set(["result"]),
  tls_private_key: new Set(["private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"]),
};

/** camelCase, kebab-case and UPPER_CASE names as snake_case. */
const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[-.\s]/g, "_")
    .toLowerCase();

/** Whether whatever stands under the name is to be hidden. */
export function isSecretName(name: string): boolean {
  return name.length <= 200 && secretNames.test(snakeCase(name));
}

/** Whether a text under the name, in a block of the other name, is to be hidden. */
export function isSecretTextName(name: string, parent: string | undefined): boolean {
  if (name.length > 200) return false;
  const written = snakeCase(name);
  if (written === "secret" && parent !== undefined && referringBlocks.has(parent)) return false;
  return secretNames.test(written) || secretTextNames.test(written);
}

/** Whether a top-level attribute of the resource type is to be hidden. */
export function isSecretAttribute(type: string, attribute: string): boolean {
  return Object.hasOwn(secretAttributes, type) && secretAttributes[type]?.has(attribute) === true;
}

/** The name in a block of `name` (or `key`) and `value`, as in Cloud Run's `env`, where it is that of a secret. */
export function secretPairName(block: JsonObject): string | undefined {
  const name = block["name"] ?? block["key"];
  return typeof name === "string" && Object.hasOwn(block, "value") && isSecretTextName(name, undefined)
    ? name
    : undefined;
}
