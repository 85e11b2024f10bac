import { impersonatingRoles, publicMembers, signingPermissions, signingRoles } from "../../facts/roles";
import type { Finding, ResourceCheck } from "./rules";
import { type Block, blocksOf, hasOnlyReferences, textOf, textsOf, withoutTemplates } from "./terraform-block";

const everyone: readonly string[] = Object.values(publicMembers).map((member) => member.toLowerCase());
/** The provider compares members without regard to capitals. */
const isEveryone = (member: string): boolean => everyone.includes(member.toLowerCase());

const wide = /^google_(project|folder|organization)_iam_(member|binding)$/;
const iapTypes = /^google_iap_/;
/** Source: cloud.google.com/iam/docs/resource-types-with-conditional-roles. */
const withoutConditions = /^google_(artifact_registry|pubsub)_/;
const defaultAccount = /^serviceAccount:([0-9]+-compute@developer|.+@appspot)\.gserviceaccount\.com$/;
const federated = /^principal(Set)?:\/\/iam\.googleapis\.com\//;

/** What a binding says, for `..._iam_member` and `..._iam_binding`. */
export const checkBinding: ResourceCheck = (values, type) => {
  const role = textOf(values, "role");
  // A list that a variable holds stands as a text.
  const members = [textOf(values, "member"), textOf(values, "members"), ...textsOf(values, "members")].filter(
    (member) => member !== "",
  );
  const findings: Finding[] = members.flatMap((member) => memberFindings(member, role, type));
  if (!hasOnlyReferences(role)) findings.push({ rule: "no-unknown-member", found: role });
  findings.push(...roleFindings(role, wide.test(type)));
  return [...findings, ...conditionFindings(values, type)];
};

function roleFindings(role: string, isWide: boolean): readonly Finding[] {
  return [
    ...(signingRoles.includes(role) ? [{ rule: "no-token-creator", found: role } as const] : []),
    ...(isWide && impersonatingRoles.includes(role)
      ? [{ rule: "no-project-wide-impersonation", found: role } as const]
      : []),
  ];
}

/** An entitlement of Privileged Access Manager: what it grants for a time, it grants on a project or above. */
export const checkEntitlement: ResourceCheck = (values) =>
  blocksOf(values, "privileged_access")
    .flatMap((access) => blocksOf(access, "gcp_iam_access"))
    .flatMap((access) => blocksOf(access, "role_bindings"))
    .flatMap((binding) => roleFindings(textOf(binding, "role"), true));

/** A role of one's own that signs as accounts, or makes keys of them. */
export const checkCustomRole: ResourceCheck = (values) =>
  textsOf(values, "permissions")
    .filter((permission) => signingPermissions.includes(permission))
    .map((found) => ({ rule: "no-token-creator", found }) as const);

/** Access lists that stand beside policies: of datasets, and of buckets and objects. */
export const checkAccessList: ResourceCheck = (values) =>
  textsWithin(values)
    .filter((text) => isEveryone(text.slice(text.lastIndexOf(":") + 1)))
    .map((found) => ({ rule: "no-public-member", found }) as const);

const textsWithin = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsWithin);
};

/** `..._iam_policy`, and a binding of a whole project, replace what others have granted. */
export const checkAuthoritative: ResourceCheck = (_values, type) => [{ rule: "no-authoritative-policy", found: type }];

function memberFindings(member: string, role: string, type: string): readonly Finding[] {
  const finding = (rule: Finding["rule"]): Finding => ({ rule, found: member });
  const findings: Finding[] = [];
  if (!hasOnlyReferences(member)) findings.push(finding("no-unknown-member"));
  if (isEveryone(member)) findings.push(finding("no-public-member"));
  if (defaultAccount.test(member)) findings.push(finding("no-default-service-account"));
  if (!federated.test(member)) return findings;
  if (member.endsWith("/*")) findings.push(finding("no-pool-wide-member"));
  const project = /\/projects\/([^/]*)\//.exec(withoutTemplates(member))?.[1];
  if (project !== undefined && project !== "" && !/^[0-9]+$/.test(project))
    findings.push(finding("principal-by-project-number"));
  if (type.startsWith("google_cloud_run_") && role === "roles/run.invoker") findings.push(finding("no-direct-invoker"));
  return findings;
}

function conditionFindings(values: Block, type: string): readonly Finding[] {
  return blocksOf(values, "condition").flatMap((condition): readonly Finding[] => {
    const expression = textOf(condition, "expression");
    // Text between quotes is a value, whatever it looks like.
    const names = expression.replaceAll(/'(\\.|[^'\\])*'|"(\\.|[^"\\])*"/g, "''");
    const readsClaims = /(^|[^.\w])(assertion|attribute|google)\s*[.[]/.test(names);
    const readsLevels = /\brequest\.auth\.access_levels\b/.test(names) && !iapTypes.test(type);
    return [
      ...(withoutConditions.test(type) ? [{ rule: "condition-where-supported", found: type } as const] : []),
      ...(readsClaims ? [{ rule: "condition-reads-request-only", found: expression } as const] : []),
      ...(readsLevels ? [{ rule: "access-levels-for-iap-only", found: expression } as const] : []),
    ];
  });
}
