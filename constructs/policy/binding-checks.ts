import { publicMembers } from "../../facts/roles";
import { withoutReferences } from "../federation/reference";
import type { Finding, ResourceCheck } from "./rules";
import { type Block, blocksOf, textOf, textsOf } from "./terraform-block";

const everyone: readonly string[] = Object.values(publicMembers);

/** Roles that sign as an account, or make a key of it. */
const signingRoles = [
  "roles/iam.serviceAccountTokenCreator",
  "roles/iam.serviceAccountKeyAdmin",
  "roles/iam.serviceAccountOpenIdTokenCreator",
];
const impersonatingRoles = ["roles/iam.workloadIdentityUser", ...signingRoles];
const wide = /^google_(project|folder|organization)_iam_(member|binding)$/;
const iapTypes = /^google_iap_/;
/** Source: cloud.google.com/iam/docs/resource-types-with-conditional-roles. */
const withoutConditions = /^google_(artifact_registry|pubsub)_/;
const defaultAccount = /^serviceAccount:([0-9]+-compute@developer|.+@appspot)\.gserviceaccount\.com$/;
const federated = /^principal(Set)?:\/\/iam\.googleapis\.com\//;

/** What a binding says, for `..._iam_member` and `..._iam_binding`. */
export const checkBinding: ResourceCheck = (values, type) => {
  const role = textOf(values, "role");
  const members = [textOf(values, "member"), ...textsOf(values, "members")].filter((member) => member !== "");
  const findings: Finding[] = members.flatMap((member) => memberFindings(member, role, type));
  if (signingRoles.includes(role)) findings.push({ rule: "no-token-creator", found: role });
  if (wide.test(type) && impersonatingRoles.includes(role))
    findings.push({ rule: "no-project-wide-impersonation", found: role });
  return [...findings, ...conditionFindings(values, type)];
};

/** `..._iam_policy`, and a binding of a whole project, replace what others have granted. */
export const checkAuthoritative: ResourceCheck = (_values, type) => [{ rule: "no-authoritative-policy", found: type }];

function memberFindings(member: string, role: string, type: string): readonly Finding[] {
  const finding = (rule: Finding["rule"]): Finding => ({ rule, found: member });
  const findings: Finding[] = [];
  if (everyone.includes(member)) findings.push(finding("no-public-member"));
  if (defaultAccount.test(member)) findings.push(finding("no-default-service-account"));
  if (!federated.test(member)) return findings;
  if (member.endsWith("/*")) findings.push(finding("no-pool-wide-member"));
  const project = /\/projects\/([^/]*)\//.exec(withoutReferences(member))?.[1];
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
