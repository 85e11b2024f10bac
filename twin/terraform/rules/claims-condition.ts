import type { JsonObject } from "../../../analysis";
import { federationLimits } from "../../../facts/federation-limits";
import { githubActionsIssuer } from "../../../facts/issuers";
import { rootNames } from "./cel-names";
import { googleRefusal } from "./google-refusal";
import type { Violation } from "./resource-rules";
import { block, text } from "./values";

/**
 * Issuers that sign for every customer of theirs. Google takes no provider of theirs without a condition on the claims.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions.
 */
const multiTenantIssuers: ReadonlySet<string> = new Set([
  githubActionsIssuer,
  "https://gitlab.com",
  "https://app.terraform.io",
]);
const documentation =
  "For more information, see https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions";
const claimRoots: ReadonlySet<string> = new Set(["assertion", "google", "attribute"]);

/** What Google refuses of a provider's attribute condition. */
export function refuseCondition(values: JsonObject, action: string): Violation | undefined {
  const condition = text(values, "attribute_condition") ?? "";
  const limit = federationLimits.conditionCharacters;
  const refusal = (message: string) => googleRefusal(action, 400, message, undefined, ["attribute_condition"]);
  if ([...condition].length > limit) return refusal(`The attribute condition exceeds the ${limit} characters limit.`);
  const issuer = text(block(values, "oidc") ?? {}, "issuer_uri")?.replace(/\/$/, "") ?? "";
  if (multiTenantIssuers.has(issuer) && !rootNames(condition).some(({ name }) => claimRoots.has(name))) {
    return refusal(`The attribute condition must reference one of the provider's claims. ${documentation}`);
  }
  return undefined;
}
