import type { Json, JsonObject } from "../../../analysis";
import {
  awsIssuerOfConstraint,
  type Constraint,
  constraints,
  ingressOfConstraint,
  uploadedKeysOfConstraint,
} from "../../../facts/organization-policy";
import { publicMembers } from "../../../facts/roles";
import { googleRefusal } from "./google-refusal";
import { projectOf } from "./project";
import type { RuleContext, Violation } from "./resource-rules";
import { block, blocks, text, texts } from "./values";

/**
 * What organization policies refuse when something is made or changed. The twin has one organization and no
 * folders; a policy in dry run refuses nothing. Google's exact words are known of some refusals only; the
 * others name the constraint.
 */

type AnyConstraint = Constraint | `custom.${string}`;

/** Where a resource is: what the project says of a constraint replaces what the organization says. */
interface Place {
  readonly values: JsonObject;
  readonly context: RuleContext;
}

/** Rules of a constraint that are in force at a place. */
function rulesOf(constraint: AnyConstraint, { values, context }: Place): readonly JsonObject[] {
  const policies = context.store
    .ofType("google_org_policy_policy")
    .filter((policy) => (text(policy.values, "name") ?? "").endsWith(`/policies/${constraint}`));
  const { id, number } = projectOf(values, context);
  const ofProject = policies.filter((policy) =>
    [`projects/${id}`, `projects/${number}`].includes(text(policy.values, "parent") ?? ""),
  );
  const above = policies.filter((policy) => !(text(policy.values, "parent") ?? "").startsWith("projects/"));
  const inForce = ofProject.length > 0 ? ofProject : above;
  return inForce.flatMap((policy) => blocks(policy.values, "spec").flatMap((spec) => blocks(spec, "rules")));
}

const isEnforced = (constraint: AnyConstraint, place: Place): boolean =>
  rulesOf(constraint, place).some((rule) => rule["enforce"] === "TRUE");

/** Whether a list constraint refuses the value; without a policy it refuses nothing. */
function refuses(constraint: Constraint, value: string, place: Place): boolean {
  return rulesOf(constraint, place).some((rule) => {
    if (rule["deny_all"] === "TRUE") return true;
    const allowed = blocks(rule, "values").flatMap((listed) => texts(listed, "allowed_values"));
    return allowed.length > 0 && !allowed.some((one) => one.replace(/^is:/, "") === value);
  });
}

const violated = (action: string, constraint: AnyConstraint, path: Violation["path"] = []): Violation =>
  googleRefusal(
    action,
    400,
    `Precondition check failed: constraints/${constraint} violated.`,
    "failedPrecondition",
    path,
  );

/** Issuers, AWS accounts and the constraint on conditions, for a workload identity provider. */
export function providerAgainstPolicies(
  values: JsonObject,
  context: RuleContext,
  action: string,
): Violation | undefined {
  const place = { values, context };
  const { workloadIdentityPoolProviders: issuers, workloadIdentityPoolAwsAccounts: accounts } = constraints;
  const aws = block(values, "aws");
  const oidc = block(values, "oidc");
  const issuer = aws !== undefined ? awsIssuerOfConstraint : (text(oidc ?? {}, "issuer_uri") ?? "").replace(/\/$/, "");
  const hasUploadedKeys = text(oidc ?? {}, "jwks_json") !== undefined || block(values, "saml") !== undefined;
  if (issuer !== "" && refuses(issuers, issuer, place)) return violated(action, issuers, ["oidc"]);
  if (hasUploadedKeys && refuses(issuers, uploadedKeysOfConstraint, place)) return violated(action, issuers, ["oidc"]);
  const account = text(aws ?? {}, "account_id");
  if (account !== undefined && refuses(accounts, account, place)) return violated(action, accounts, ["aws"]);
  const condition = text(values, "attribute_condition") ?? "";
  const custom = "custom.workloadProviderHasCondition";
  if ((condition === "" || condition === "true") && isEnforced(custom, place))
    return violated(action, custom, ["attribute_condition"]);
  return undefined;
}

/** The ingress of a Cloud Run service, and whether it asks for invokers. */
export function cloudRunAgainstPolicies(
  values: JsonObject,
  context: RuleContext,
  action: string,
): Violation | undefined {
  const place = { values, context };
  const ingress = ingressOfConstraint.get(text(values, "ingress") ?? "INGRESS_TRAFFIC_ALL") ?? "all";
  if (refuses(constraints.runAllowedIngress, ingress, place))
    return violated(action, constraints.runAllowedIngress, ["ingress"]);
  if (values["invoker_iam_disabled"] === true && isEnforced(constraints.runRequireInvokerIam, place))
    return violated(action, constraints.runRequireInvokerIam, ["invoker_iam_disabled"]);
  return undefined;
}

/** Members that belong to nobody, where policies may name members of the organization only. */
export function memberAgainstPolicies(values: JsonObject, context: RuleContext): string | undefined {
  const place = { values, context };
  const member = values["member"];
  const everyone: readonly Json[] = Object.values(publicMembers);
  if (member === undefined || !everyone.includes(member)) return undefined;
  const isRestricted =
    isEnforced(constraints.allowedPolicyMembers, place) ||
    rulesOf(constraints.allowedPolicyMemberDomains, place).length > 0;
  return isRestricted ? "One or more users named in the policy do not belong to a permitted customer." : undefined;
}

/** Keys: the constraint is on in every organization that was made since May 2024, so it is here without a policy too. */
export const keyCreationRefusal = (): Violation =>
  googleRefusal(
    "Error creating service account key",
    400,
    `Key creation is not allowed on this service account. (constraints/${constraints.serviceAccountKeyCreation})`,
    "failedPrecondition",
  );
