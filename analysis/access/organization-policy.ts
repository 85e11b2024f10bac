import { z } from "zod";
import { isList } from "../terraform/path";
import type { Json, Resource } from "../terraform/resource";
import { type ProjectNames, projectKey } from "./resource-key";

/** What an organization policy says about federation. It is checked when something is made, not when a token is exchanged. */
export interface OrganizationPolicy {
  readonly address: string;
  /** Key of the project, folder or organization. */
  readonly at: string;
  /** Without `constraints/`. */
  readonly constraint: string;
  /** Of a list constraint; undefined where all are allowed or the list is not known. */
  readonly allowed?: readonly string[];
  readonly deniesAll: boolean;
  /** Of a boolean constraint. */
  readonly enforced: boolean;
}

const named = z.object({ name: z.string().regex(/^(projects|folders|organizations)\/[^/]+\/policies\/[A-Za-z.]+$/) });
const words = z.union([z.boolean(), z.string()]).nullish();
const rule = z.looseObject({
  allow_all: words,
  deny_all: words,
  enforce: words,
  values: z.json().nullish(),
});
const values = z.looseObject({ allowed_values: z.array(z.string()).nullish() });
const isTrue = (word: z.output<typeof words>): boolean => /^true$/i.test(String(word ?? ""));
const listOf = (value: Json | undefined): readonly Json[] =>
  value === undefined || value === null ? [] : isList(value) ? value : [value];

/** A google_org_policy_policy; undefined for one that is not understood. */
export function organizationPolicyOf(resource: Resource, projects: ProjectNames): OrganizationPolicy | undefined {
  const parsed = named.safeParse(resource.values);
  if (!parsed.success) return undefined;
  const [kind = "", id = "", , constraint = ""] = parsed.data.name.split("/");
  const [spec] = listOf(resource.values["spec"]);
  const stated = typeof spec === "object" && spec !== null && !isList(spec) ? listOf(spec["rules"]) : [];
  const rules = stated.flatMap((item) => {
    const read = rule.safeParse(item);
    return read.success ? [read.data] : [];
  });
  const allowed = rules.flatMap(({ values: listed }) =>
    listOf(listed ?? undefined).flatMap((block) => values.safeParse(block).data?.allowed_values ?? []),
  );
  return {
    address: resource.address,
    at: kind === "projects" ? projectKey(projects.idOf(id)) : `${kind}/${id}`,
    constraint,
    ...(allowed.length === 0 ? {} : { allowed }),
    deniesAll: rules.some(({ deny_all: all }) => isTrue(all)),
    enforced: rules.some(({ enforce }) => isTrue(enforce)),
  };
}
