import type { Construct } from "constructs";
import { federationLimits } from "../../facts/federation-limits";
import { requireProperty } from "./property-error";

/**
 * The display name of a pool or a provider, when Google takes it.
 *
 * @throws PropertyError
 */
export function displayNameOf(scope: Construct, { displayName }: { readonly displayName: string }): string {
  const limit = federationLimits.displayNameCharacters;
  const fits = displayName.length >= 1 && displayName.length <= limit;
  requireProperty(scope, "displayName", displayName, fits, `expected 1 to ${limit} characters`);
  return displayName;
}
