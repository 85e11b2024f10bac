import { iapRedirectUri } from "../../facts/google-endpoints";
import type { ResourceChange } from "../../review";
import { judge } from "./make-plan";
import type { StackDirectory } from "./stack-directory";

/**
 * Takes into the state what deploy-time steps have just changed; otherwise the next look for drift would report it. When
 * anything else has changed, nothing is taken over: that is for drift detection to tell.
 *
 * @param planFile a file for the plan, which holds secrets in plain text
 */
export async function settleState(stack: StackDirectory, planFile: string): Promise<void> {
  const { drift } = await stack.plan(planFile, { refreshOnly: true });
  if (!drift) return;
  const { plan } = await judge(stack, planFile);
  if (plan.drift.length > 0 && plan.drift.every(isByStep)) await stack.apply(planFile);
}

/** The redirect URI of IAP's OAuth client contains the client's own id, so that a step sets it after the creation. */
function isByStep({ type, action, attributes, after }: ResourceChange): boolean {
  if (type !== "google_iam_oauth_client" || action !== "update" || after === undefined) return false;
  const { client_id: clientId, allowed_redirect_uris: redirectUris } = after;
  const set =
    typeof clientId === "string" && JSON.stringify(redirectUris) === JSON.stringify([iapRedirectUri(clientId)]);
  return set && attributes.every(({ path, noise }) => noise || path[0] === "allowed_redirect_uris");
}
