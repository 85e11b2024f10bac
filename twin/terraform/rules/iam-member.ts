import type { JsonObject } from "../../../analysis";
import { basicRoles, publicMembers } from "../../../facts/roles";
import { rootNames } from "./cel-names";
import { all, worded } from "./checks";
import { fingerprintOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import type { RulesOfType } from "./google-resource";
import { missingProject } from "./google-resource";
import { missingServiceAccount } from "./iam-principals";
import { memberAgainstPolicies } from "./organization-policy-enforcement";
import type { RuleContext, Violation } from "./resource-rules";
import { block, text } from "./values";

/** What carries a policy. */
export interface PolicyHolder {
  /** Type of the binding resource. */
  readonly type: string;
  /** Arguments that name what carries the policy, beside the project. */
  readonly arguments: readonly string[];
  readonly ofProject: boolean;
  /** Its id, as it begins the binding's own. */
  resourceId(values: JsonObject, context: RuleContext): string;
  /** Its name in messages: `project "p"`. */
  describe(id: string): string;
  /** Arguments besides, for an import id: the binding's id without role and member is `resourceId`. */
  exists?(id: string, context: RuleContext): boolean;
}

const check = all(
  worded("member", (value, name) => {
    if (value.startsWith("deleted:"))
      return [`invalid value for ${name} (Terraform does not support IAM members for deleted principals)`];
    return /^(.+:.+|allUsers|allAuthenticatedUsers|projectOwners|projectReaders|projectWriters)$/.test(value)
      ? []
      : [
          `invalid value for ${name} (IAM members must have one of the values outlined here: https://cloud.google.com/billing/docs/reference/rest/v1/Policy#Binding)`,
        ];
  }),
);

/** Rules of a resource that adds one member to a policy. Source: the Google provider 6.50, package tpgiamresource; cloud.google.com/iam/docs/reference/rest/v1/Policy. */
export function iamMember(holder: PolicyHolder): RulesOfType {
  const identity = (values: JsonObject, context: RuleContext): string => {
    const { title = "", description = "", expression = "" } = conditionOf(values) ?? {};
    const binding = [holder.resourceId(values, context), text(values, "role") ?? "", memberOf(values)].join("/");
    return conditionOf(values) === undefined ? binding : [binding, title, description, expression].join("/");
  };
  return [
    holder.type,
    {
      forceNew: [...holder.arguments, ...(holder.ofProject ? ["project"] : []), "role", "member", "condition"],
      validate: (values) => check(values),
      identity,
      computed: (values, context) => {
        const resourceId = holder.resourceId(values, context);
        const project = /^projects\/([^/]+)/.exec(resourceId)?.[1] ?? resourceId;
        return {
          id: identity(values, context),
          etag: fingerprintOf(resourceId, "policy"),
          ...(holder.ofProject ? { project } : {}),
        };
      },
      refuseCreate: (values, context) => {
        const id = holder.resourceId(values, context);
        const described = holder.describe(id);
        return (
          (holder.ofProject
            ? missingProject(`Error retrieving IAM policy for ${described}`, values, context)
            : undefined) ??
          (holder.exists?.(id, context) === false
            ? googleRefusal(
                `Error retrieving IAM policy for ${described}`,
                404,
                "Requested entity was not found.",
                "notFound",
              )
            : undefined) ??
          refuseBinding(
            `Error applying IAM policy for ${described}: Error setting IAM policy for ${described}`,
            values,
            context,
          )
        );
      },
      importIdentity: (importId) => {
        const [resource = "", role = "", member = ""] = importId.trim().split(/\s+/);
        return member === "" ? importId : [resource, role, member].join("/");
      },
    },
  ];
}

/** The provider writes e-mails in small letters, as Google keeps them. */
function memberOf(values: JsonObject): string {
  const member = text(values, "member") ?? "";
  return /^(user|group|serviceAccount|domain):/.test(member)
    ? member.replace(/:(.*)$/, (_, address: string) => `:${address.toLowerCase()}`)
    : member;
}

interface Condition {
  readonly title: string;
  readonly description: string;
  readonly expression: string;
}

function conditionOf(values: JsonObject): Condition | undefined {
  const condition = block(values, "condition");
  if (condition === undefined) return undefined;
  const [title = "", description = "", expression = ""] = ["title", "description", "expression"].map((name) =>
    text(condition, name),
  );
  return { title, description, expression };
}

/** What an IAM condition may read. Source: cloud.google.com/iam/docs/conditions-attribute-reference. */
const conditionRoots: ReadonlySet<string> = new Set(["request", "resource", "destination", "api"]);

function refuseBinding(action: string, values: JsonObject, context: RuleContext): Violation | undefined {
  const refusal = (message: string, argument: string) =>
    googleRefusal(action, 400, message, "badRequest", argument === "" ? [] : argument.split("."));
  const outside = memberAgainstPolicies(values, context);
  if (outside !== undefined) return refusal(outside, "member");
  const missing = missingServiceAccount(text(values, "member") ?? "", context);
  if (missing !== undefined) return refusal(`Service account ${missing} does not exist.`, "member");
  const condition = conditionOf(values);
  if (condition === undefined) return undefined;
  if (basicRoles.has(text(values, "role") ?? ""))
    return refusal(
      "LintValidationUnits/BindingRoleCompatibilityCheck Error: Conditions can't be set on primitive roles",
      "condition",
    );
  const everyone: readonly string[] = Object.values(publicMembers);
  if (everyone.includes(text(values, "member") ?? ""))
    return refusal(
      "LintValidationUnits/BindingMembersCompatibilityCheck Error: Conditions can't be set on public principals",
      "condition",
    );
  const unknown = rootNames(condition.expression).find(({ name }) => !conditionRoots.has(name));
  return unknown === undefined
    ? undefined
    : refusal(
        `Condition expression compilation failed. Error: invalid expression: ERROR: <input>:1:${unknown.column}: undeclared reference to '${unknown.name}' (in container '')`,
        "condition",
      );
}
