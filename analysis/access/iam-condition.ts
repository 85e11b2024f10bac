import type { CelInput } from "@bufbuild/cel";
import { federationLimits } from "../../facts/federation-limits";
import { basicRoles, conditionLogicalOperators, publicMembers } from "../../facts/roles";
import { compile, type Dialect } from "../cel/expression";
import { celTimestamp } from "../cel/timestamp";
import type { Binding } from "./binding";

/** What an IAM condition may read here. Source: cloud.google.com/iam/docs/conditions-attribute-reference. */
const iamDialect: Dialect = {
  name: "IAM condition",
  vocabulary: { request: ["time", "path", "host"], resource: ["name", "type", "service"] },
  characters: federationLimits.conditionCharacters,
};

/** What Google offers and this evaluation does not know. Source: cloud.google.com/iam/docs/conditions-attribute-reference. */
const notEvaluated =
  /\b(resource\.(matchTag|matchTagId|hasTagKey|hasTagKeyId)|api\.getAttribute|request\.auth\.access_levels|destination\.(ip|port))\b/;

/**
 * The request and the resource as a condition sees them. What a kind of resource does not provide is left out; a
 * condition that reads it errs, and so does not grant.
 */
export interface ConditionContext {
  readonly now: Date;
  readonly path?: string;
  readonly host?: string;
  readonly resourceService?: string;
  readonly resourceType?: string;
  readonly resourceName?: string;
}

export type IamConditionResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Whether a binding's condition holds. Whatever it does but be true does not grant. */
export function evaluateIamCondition(
  { condition, role, member }: Binding,
  context: ConditionContext,
): IamConditionResult {
  if (condition === undefined) return { ok: true };
  const refuse = (reason: string): IamConditionResult => ({ ok: false, reason });
  if (condition === "unknown") return refuse("its condition is not known");
  if (basicRoles.has(role)) return refuse("Google admits no condition on a basic role");
  if (member === publicMembers.everyone || member === publicMembers.everyGoogleIdentity)
    return refuse(`Google admits no condition for ${member}`);
  const compilation = compile(condition.expression, iamDialect);
  if (!compilation.ok && notEvaluated.test(condition.expression))
    return refuse("its condition reads tags, access levels or attributes of the request, which are not evaluated here");
  if (!compilation.ok) return refuse(`Google would not accept its condition: ${compilation.problem}`);
  const { usage, evaluate } = compilation.expression;
  if (usage.logicalOperators > conditionLogicalOperators)
    return refuse(`its condition has more than ${conditionLogicalOperators} logical operators`);
  const result = evaluate(bindingsOf(context));
  if (!result.ok) return refuse(`its condition cannot be evaluated: ${result.problem}`);
  return result.value === true ? { ok: true } : refuse("its condition is not true");
}

function bindingsOf({
  now,
  path,
  host,
  resourceService,
  resourceType,
  resourceName,
}: ConditionContext): Record<string, CelInput> {
  const present = (entries: readonly (readonly [string, CelInput | undefined])[]) =>
    new Map(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
  const time = Number.isNaN(now.getTime()) ? undefined : celTimestamp(now);
  return {
    request: present([
      ["time", time],
      ["path", path],
      ["host", host],
    ]),
    resource: present([
      ["service", resourceService],
      ["type", resourceType],
      ["name", resourceName],
    ]),
  };
}
