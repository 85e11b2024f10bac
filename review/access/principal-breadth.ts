import { publicMembers } from "../../facts/roles";
import type { Rank } from "./rank";

/** How many identities a member of a binding stands for, at its most. */
export interface PrincipalBreadth {
  readonly kind: "public" | "broad" | "group" | "single" | "unknown" | "deleted";
  /** The least rank that granting it anything has. */
  readonly floor: Rank;
  /** Who that is, for a sentence: "anyone on the internet". Absent where the member says it itself. */
  readonly meaning?: string;
}

const breadths: readonly { readonly form: RegExp; readonly breadth: PrincipalBreadth }[] = [
  { form: /^deleted:/, breadth: { kind: "deleted", floor: "low", meaning: "a deleted identity" } },
  {
    form: /^principalSet:\/\/goog\/public:all$/,
    breadth: { kind: "public", floor: "critical", meaning: "anyone on the internet" },
  },
  {
    form: /^principalSet:\/\/iam\.googleapis\.com\/projects\/[^/]+\/locations\/[^/]+\/workloadIdentityPools\/[^/]+\/\*$/,
    breadth: { kind: "broad", floor: "high", meaning: "every identity of the workload pool" },
  },
  {
    form: /^principalSet:\/\/iam\.googleapis\.com\/locations\/[^/]+\/workforcePools\/[^/]+\/\*$/,
    breadth: { kind: "broad", floor: "high", meaning: "every person of the workforce pool" },
  },
  {
    form: /^principalSet:\/\/iam\.googleapis\.com\/.*\/\*$/,
    breadth: { kind: "broad", floor: "high", meaning: "every identity that has the attribute, whatever its value" },
  },
  { form: /^domain:/, breadth: { kind: "broad", floor: "high", meaning: "every account of the domain" } },
  {
    form: /^principalSet:\/\/goog\/cloudIdentityCustomerId\//,
    breadth: { kind: "broad", floor: "high", meaning: "every account of the customer" },
  },
  {
    form: /^principalSet:\/\/cloudresourcemanager\.googleapis\.com\//,
    breadth: { kind: "broad", floor: "high", meaning: "every principal of the project, folder or organization" },
  },
  {
    form: /^project(Owner|Editor|Viewer):/,
    breadth: { kind: "broad", floor: "high", meaning: "everyone with the basic role on the project" },
  },
  { form: /^principalSet:\/\//, breadth: { kind: "group", floor: "low" } },
  { form: /^group:/, breadth: { kind: "group", floor: "low" } },
  { form: /^(user|serviceAccount|principal):/, breadth: { kind: "single", floor: "low" } },
];

/**
 * @param member of an IAM binding; undefined where it is known only after apply
 * Source: cloud.google.com/iam/docs/principal-identifiers.
 */
export function principalBreadth(member: string | undefined): PrincipalBreadth {
  if (member === undefined) return { kind: "unknown", floor: "low" };
  if (member.toLowerCase() === publicMembers.everyone.toLowerCase()) {
    return { kind: "public", floor: "critical", meaning: "anyone on the internet" };
  }
  if (member.toLowerCase() === publicMembers.everyGoogleIdentity.toLowerCase()) {
    return { kind: "public", floor: "critical", meaning: "anyone with a Google account" };
  }
  return breadths.find(({ form }) => form.test(member))?.breadth ?? { kind: "unknown", floor: "medium" };
}
