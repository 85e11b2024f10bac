import { iapRedirectUri } from "../../facts/google-endpoints";
import type { ResourceChange } from "../model/resource-change";

/**
 * Whether a drift is what a deploy-time step has set: the redirect URI of IAP's OAuth client contains the client's own id, so
 * that it can only be set after the creation, past Terraform. Nothing but this one value passes.
 */
export function isByDeployStep({ type, action, attributes, after }: ResourceChange): boolean {
  if (type !== "google_iam_oauth_client" || action !== "update" || after === undefined) return false;
  const { client_id: clientId, allowed_redirect_uris: redirectUris } = after;
  const set =
    typeof clientId === "string" && JSON.stringify(redirectUris) === JSON.stringify([iapRedirectUri(clientId)]);
  return set && attributes.every(({ path, noise }) => noise || path[0] === "allowed_redirect_uris");
}
