import { z } from "zod";
import {
  Hidden,
  identityOf,
  isEmpty,
  isShownList,
  type ShownObject,
  type ShownValue,
  textOf,
} from "../model/shown-value";
import { type IamScope, iamScope, iamType } from "./iam-scope";
import { blocksAt, valueAt } from "./sides";

/** One member with one role on one resource. */
export interface Grant {
  readonly scope: IamScope;
  readonly role: ShownValue;
  readonly member: ShownValue;
  /** Expression of the IAM condition; absent where there is none. */
  readonly condition?: ShownValue;
}

const policyDocument = z.object({
  bindings: z
    .array(
      z.object({
        role: z.string(),
        members: z.array(z.string()).default([]),
        condition: z.object({ expression: z.string() }).optional(),
      }),
    )
    .default([]),
});

/**
 * What a binding resource grants. A dataset's own `access` blocks and google_bigquery_dataset_access are read as well.
 * @returns undefined where the resource grants nothing by its type, or its policy cannot be read
 */
export function grantsOf(type: string, values: ShownObject | undefined): readonly Grant[] | undefined {
  const iam = iamType(type);
  if (iam === undefined) return datasetGrants(type, values);
  if (values === undefined) return [];
  const scope = iamScope(iam, values);
  if (iam.form === "policy") return policyGrants(scope, valueAt(values, "policy_data"));
  const members = iam.form === "member" ? [values["member"] ?? null] : membersOf(values["members"]);
  const condition = valueAt(values, "condition.expression");
  return members.map((member) => ({
    scope,
    role: values["role"] ?? null,
    member,
    ...(isEmpty(condition) || condition === undefined ? {} : { condition }),
  }));
}

/** The grant without its condition, for telling a changed condition from a new grant. */
export const bareIdentity = ({ scope, role, member }: Grant): string =>
  [scope.kind, scope.name, identityOf(role), identityOf(member)].join("\n");

export const grantIdentity = (grant: Grant): string => `${bareIdentity(grant)}\n${identityOf(grant.condition)}`;

const membersOf = (value: ShownValue | undefined): readonly ShownValue[] =>
  isShownList(value) ? value : value instanceof Hidden ? [value] : [];

function policyGrants(scope: IamScope, document: ShownValue | undefined): readonly Grant[] | undefined {
  if (typeof document !== "string") return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    return undefined;
  }
  const policy = policyDocument.safeParse(parsed);
  if (!policy.success) return undefined;
  return policy.data.bindings.flatMap(({ role, members, condition }) =>
    members.map((member) => ({
      scope,
      role,
      member,
      ...(condition === undefined ? {} : { condition: condition.expression }),
    })),
  );
}

/** Members of a dataset's own access list, by the attribute that names them. */
const datasetMembers: readonly { readonly attribute: string; readonly member: (value: string) => string }[] = [
  {
    attribute: "user_by_email",
    member: (email) => (email.endsWith("gserviceaccount.com") ? `serviceAccount:${email}` : `user:${email}`),
  },
  { attribute: "group_by_email", member: (email) => `group:${email}` },
  { attribute: "domain", member: (domain) => `domain:${domain}` },
  { attribute: "iam_member", member: (member) => member },
  { attribute: "special_group", member: (group) => (group === "allAuthenticatedUsers" ? group : `dataset's ${group}`) },
];

function datasetGrants(type: string, values: ShownObject | undefined): readonly Grant[] | undefined {
  const blocks =
    type === "google_bigquery_dataset"
      ? blocksAt(values, "access")
      : type === "google_bigquery_dataset_access"
        ? [values ?? {}]
        : undefined;
  return blocks?.flatMap((block) =>
    datasetMembers
      .filter(({ attribute }) => !isEmpty(block[attribute]))
      .map(({ attribute, member }) => {
        const value = block[attribute];
        return {
          scope: { kind: "bigquery dataset", name: textOf(valueAt(values, "dataset_id")) },
          role: block["role"] ?? "(not stated)",
          member: typeof value === "string" ? member(value) : (value ?? null),
        };
      }),
  );
}
