import type { ResourceStore } from "../store/resource-store";
import type { CloudRunService } from "./service-resource";

/** A service mounts a secret that its account may not read: on Cloud Run its revision never becomes ready. */
export class SecretDeniedError extends Error {
  override readonly name = "SecretDeniedError";
}

const readingRoles = ["roles/secretmanager.secretAccessor", "roles/secretmanager.admin", "roles/owner"];

/**
 * Holds a service to what its account may read, as bindings on the secret or the project say. Bindings of folders and
 * organizations, and conditions on time or resource, are not looked at: none of the stacks has one on a secret.
 * @throws SecretDeniedError in Cloud Run's words
 */
export function requireSecretAccess(store: ResourceStore, secret: string, service: CloudRunService): void {
  const { account, stack, project, revision } = service;
  const member = `serviceAccount:${account ?? ""}`;
  const granted = ["google_secret_manager_secret_iam_member", "google_project_iam_member"].some((type) =>
    store
      .ofType(type)
      .some(
        ({ stack: owner, values }) =>
          owner === stack &&
          values["member"] === member &&
          readingRoles.includes(String(values["role"])) &&
          (type === "google_project_iam_member" || plainName(values["secret_id"]) === secret),
      ),
  );
  if (granted) return;
  throw new SecretDeniedError(
    `Revision '${revision}' is not ready and cannot serve traffic. Permission denied on secret: projects/${project}/secrets/${secret}/versions/latest for Revision service account ${account ?? "(none)"}. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.`,
  );
}

const plainName = (reference: unknown): string => String(reference).split("/").at(-1) ?? "";
