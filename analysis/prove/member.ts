import { publicMembers } from "../../facts/roles";
import { isUnresolved } from "../terraform/unresolved";
import type { Admission } from "./admission";
import { member as memberOf } from "./operators";
import { type Content, error, mapped, type SymbolicValue, textValue, truthOf } from "./symbolic-value";
import { no, type Term, text, yes } from "./term";
import { sameText } from "./text-terms";
import type { Universe } from "./universe";

/** Whom an IAM member names of the identities that pools make; undefined for everyone else. */
export type FederatedMember =
  | { readonly kind: "everyone" }
  | { readonly kind: "pool"; readonly pool: string }
  | { readonly kind: "subject"; readonly pool: string; readonly value: string }
  | { readonly kind: "group"; readonly pool: string; readonly value: string }
  | { readonly kind: "attribute"; readonly pool: string; readonly name: string; readonly value: string }
  /**
   * A workload of a Kubernetes cluster of Google's, a member of a form that is not read here, or, in a chain, an account that
   * is not declared here: it is not told whom these let in.
   */
  | { readonly kind: "elsewhere"; readonly pool: string }
  /** Known only after apply. */
  | { readonly kind: "unresolved"; readonly text: string };

const form =
  /^(principal|principalSet):\/\/iam\.googleapis\.com\/((?:projects\/[0-9]+\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[^/]+)\/(.+)$/s;

/** Source: cloud.google.com/kubernetes-engine/docs/how-to/workload-identity. */
const clusterForm = /^serviceAccount:([^@[\]/]+\.svc\.id\.goog)\[[^\]]+\]$/;

/** Source: cloud.google.com/iam/docs/principal-identifiers. */
export function federatedMember(member: string): FederatedMember | undefined {
  if (member === publicMembers.everyone) return { kind: "everyone" };
  const [, cluster] = clusterForm.exec(member) ?? [];
  if (cluster !== undefined) return { kind: "elsewhere", pool: cluster };
  const [, set, pool = "", selector = ""] = form.exec(member) ?? [];
  const rest: FederatedMember | undefined = member.startsWith("principal")
    ? { kind: "elsewhere", pool: member }
    : undefined;
  if (isUnresolved(set === undefined ? member : pool)) return { kind: "unresolved", text: member };
  if (set === undefined) return rest;
  const slash = selector.indexOf("/");
  const [name, value] = slash === -1 ? [selector, ""] : [selector.slice(0, slash), selector.slice(slash + 1)];
  if (set === "principal") return name === "subject" ? { kind: "subject", pool, value } : rest;
  if (selector === "*") return { kind: "pool", pool };
  if (name === "group") return { kind: "group", pool, value };
  return name.startsWith("attribute.")
    ? { kind: "attribute", pool, name: name.slice("attribute.".length), value }
    : rest;
}

/** The pool whose identities are named; undefined where they may be of any. */
export const poolNamed = (member: FederatedMember): string | undefined => ("pool" in member ? member.pool : undefined);

/** When the identity that a token becomes is one that the member names. */
export function isNamed(universe: Universe, admission: Admission, member: FederatedMember): Term<"Bool"> {
  if (member.kind === "everyone") return yes;
  if (member.kind === "unresolved") return universe.isAnything(member.text) ? yes : no;
  if (member.pool !== admission.provider.pool || member.kind === "elsewhere") return no;
  const value = member.kind === "pool" ? text("") : universe.literal(member.value);
  switch (member.kind) {
    case "pool":
      return yes;
    case "subject":
      return sameText(admission.subject, value);
    case "group":
      return truthOf(mapped(admission.groups, (groups) => holdsText(universe, groups, value))).isTrue;
    case "attribute": {
      const attribute = admission.attributes.get(member.name);
      if (attribute === undefined) return no;
      return member.value === "*" ? yes : sameText(attribute, value);
    }
  }
}

/** Whether a list holds a text; of a list of which nothing is known it may. */
function holdsText(universe: Universe, content: Content, value: Term<"String">): SymbolicValue {
  if (content.kind === "list") return memberOf(universe, textValue(value), content.list);
  return content.kind === "opaque" ? universe.anyFlag("google.groups that are computed", true) : error;
}
