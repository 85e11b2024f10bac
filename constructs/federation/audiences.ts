import type { IamWorkloadIdentityPoolProviderOidc } from "@cdktf/provider-google/lib/iam-workload-identity-pool-provider";
import type { Construct } from "constructs";
import { federationLimits } from "../../facts/federation-limits";
import { requireList, requireProperty } from "./property-error";
import { requirePlainValue } from "./property-text";

/**
 * Checks an issuer's URL and whom its tokens are made out for.
 * Source: the Terraform provider 6.50, google_iam_workload_identity_pool_provider.
 *
 * @throws PropertyError for an issuer that is not an https URL without query, and for audiences outside Google's limits
 */
export function requireAudiences(
  scope: Construct,
  { issuerUri, allowedAudiences = [] }: IamWorkloadIdentityPoolProviderOidc,
): void {
  requirePlainValue(scope, "issuerUri", issuerUri);
  const rule = "expected an https URL without user, query and fragment, as the claim iss has it";
  // Of a reference nobody could tell here whether its issuer has one customer or many.
  requireProperty(scope, "issuerUri", issuerUri, isIssuer(issuerUri), rule);
  const { allowedAudiences: most, audienceCharacters } = federationLimits;
  requireList(scope, "allowedAudiences", allowedAudiences);
  const few = allowedAudiences.length <= most;
  requireProperty(scope, "allowedAudiences", `${allowedAudiences.length} audiences`, few, `expected at most ${most}`);
  for (const audience of allowedAudiences) {
    requirePlainValue(scope, "allowedAudiences", audience);
    const fits = [...audience].length <= audienceCharacters;
    requireProperty(scope, "allowedAudiences", audience, fits, `expected at most ${audienceCharacters} characters`);
  }
}

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash, hostname } = new URL(text);
  return protocol === "https:" && [username, password, search, hash].every((part) => part === "") && hostname !== "";
}
