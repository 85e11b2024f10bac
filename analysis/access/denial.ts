import { z } from "zod";
import { isList } from "../terraform/path";
import type { Json, Resource } from "../terraform/resource";
import type { Identity } from "./decision";
import { principalsOf } from "./principals";
import { type ProjectNames, projectKey } from "./resource-key";
import { type Unreadable, unreadable } from "./unreadable";

/** A rule of a deny policy, which no binding overrules. Source: cloud.google.com/iam/docs/deny-overview. */
export interface Denial {
  readonly address: string;
  /** Key of the project, folder or organization that the policy is attached to. */
  readonly at: string;
  readonly principals: readonly string[];
  readonly exceptPrincipals: readonly string[];
  /** `SERVICE.googleapis.com/RESOURCE.VERB`; `*` stands for any part. */
  readonly permissions: readonly string[];
  readonly exceptPermissions: readonly string[];
  /** Conditions of deny rules read tags, which are not known here. */
  readonly conditional: boolean;
}

const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const rule = z.object({
  denied_principals: texts,
  exception_principals: texts,
  denied_permissions: texts,
  exception_permissions: texts,
  denial_condition: z.json().nullish(),
});
const policy = z.object({ parent: z.string().min(1) });

/** The rules of a google_iam_deny_policy. */
export function denialsOf(resource: Resource, projects: ProjectNames): readonly (Denial | Unreadable)[] {
  const { address, values } = resource;
  const parsed = policy.safeParse(values);
  if (!parsed.success) return [unreadable(resource, parsed.error)];
  const at = attachmentPoint(parsed.data.parent, projects);
  if (at === undefined) return [{ address, problem: "parent: expected a project, folder or organization" }];
  return listOf(values["rules"])
    .flatMap((item) => listOf(fieldOf(item, "deny_rule")))
    .map((stated): Denial | Unreadable => {
      const read = rule.safeParse(stated);
      if (!read.success) return unreadable(resource, read.error);
      const { denial_condition: condition } = read.data;
      return {
        address,
        at,
        principals: read.data.denied_principals,
        exceptPrincipals: read.data.exception_principals,
        permissions: read.data.denied_permissions,
        exceptPermissions: read.data.exception_permissions,
        conditional: condition !== undefined && condition !== null && listOf(condition).length > 0,
      };
    });
}

/**
 * The rule that denies an identity a permission, if one does. A rule whose condition is not known denies: what may be
 * denied is not granted here.
 * @param keys of the resource and of all above it
 */
export function denialFor(
  denials: readonly Denial[],
  identity: Identity,
  permission: string,
  keys: readonly string[],
): Denial | undefined {
  const named = deniedNames(identity);
  const wanted = deniablePermission(permission);
  return denials.find(
    ({ at, principals, exceptPrincipals, permissions, exceptPermissions }) =>
      keys.includes(at) &&
      permissions.some((pattern) => covers(pattern, wanted)) &&
      !exceptPermissions.some((pattern) => covers(pattern, wanted)) &&
      principals.some((principal) => named.has(principal)) &&
      !exceptPrincipals.some((principal) => named.has(principal)),
  );
}

/** `cloudresourcemanager.googleapis.com/projects/ID`, percent-encoded as the argument takes it. */
function attachmentPoint(parent: string, projects: ProjectNames): string | undefined {
  let plain: string;
  try {
    plain = decodeURIComponent(parent);
  } catch {
    return undefined;
  }
  const [, kind, id = ""] =
    /^(?:\/\/)?cloudresourcemanager\.googleapis\.com\/(projects|folders|organizations)\/(.+)$/.exec(plain) ?? [];
  if (kind === undefined) return undefined;
  return kind === "projects" ? projectKey(projects.idOf(id)) : `${kind}/${id}`;
}

/** Deny policies name principals otherwise than bindings do. Source: cloud.google.com/iam/docs/principal-identifiers#deny. */
function deniedNames(identity: Identity): ReadonlySet<string> {
  if (identity.kind === "federated") return new Set([...principalsOf(identity), "principalSet://goog/public:all"]);
  return new Set([
    `principal://iam.googleapis.com/projects/-/serviceAccounts/${identity.email}`,
    "principalSet://goog/public:all",
  ]);
}

/** `iam.serviceAccounts.getAccessToken` as deny policies write it: `iam.googleapis.com/serviceAccounts.getAccessToken`. */
function deniablePermission(permission: string): string {
  const dot = permission.indexOf(".");
  const service = permission.slice(0, dot);
  return `${service === "resourcemanager" ? "cloudresourcemanager" : service}.googleapis.com/${permission.slice(dot + 1)}`;
}

function covers(pattern: string, permission: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === permission;
  if (!permission.startsWith(head)) return false;
  let at = head.length;
  for (const [index, part] of rest.entries()) {
    const last = index === rest.length - 1;
    const found = last ? permission.length - part.length : permission.indexOf(part, at);
    if (found < at || !permission.startsWith(part, found)) return false;
    at = found + part.length;
  }
  return true;
}

const listOf = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return [];
  return isList(value) ? value : [value];
};

const fieldOf = (value: Json, name: string): Json | undefined =>
  typeof value === "object" && value !== null && !isList(value) ? value[name] : undefined;
