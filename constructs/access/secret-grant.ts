import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import { requireProjectId } from "../federation/project-id";
import { requireProperty } from "../federation/property-error";
import { isReference } from "../federation/reference";
import { conditionOf, type Holder, requireSupport } from "./holder";

/** A Secret Manager secret: its project and its id, or a reference to it. */
export interface SecretName {
  readonly projectId: string;
  readonly secretId: string;
}

/**
 * Lets the holder read the versions of one secret.
 *
 * @param id names the binding below the holder, and so its address in Terraform's state
 * @throws PropertyError for an id that Secret Manager does not have
 */
export function grantSecretRead(holder: Holder, id: string, { projectId, secretId }: SecretName): void {
  const named = isReference(secretId) || /^[A-Za-z0-9_-]{1,255}$/.test(secretId);
  requireProperty(holder, "secretId", secretId, named, "expected 1 to 255 letters, digits, - and _");
  requireSupport(holder, "secretmanager.googleapis.com");
  if (holder.cutOff) return;
  new SecretManagerSecretIamMember(holder, id, {
    project: requireProjectId(holder, projectId),
    secretId,
    role: "roles/secretmanager.secretAccessor",
    member: holder.member,
    ...conditionOf(holder),
  });
}
