import type { Construct } from "constructs";
import { federationLimits } from "../../facts/federation-limits";
import { requirePlainText } from "./property-text";

/**
 * The display name of a pool or a provider, when Google takes it.
 *
 * @throws PropertyError
 */
export function displayNameOf(scope: Construct, { displayName }: { readonly displayName: string }): string {
  return requirePlainText(scope, "displayName", displayName, federationLimits.displayNameCharacters);
}
