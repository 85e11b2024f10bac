import type { CelInput } from "@bufbuild/cel";
import { federationLimits } from "../../facts/federation-limits";
import { type Bindings, compile, type Dialect } from "../cel/expression";
import { conjuncts } from "../cel/source-text";
import type { MappedAttributes } from "./attribute-mapping";

/** Names that a provider's condition may use. */
export const conditionDialect: Dialect = {
  name: "attribute condition",
  vocabulary: {
    assertion: "any",
    attribute: "any",
    google: ["subject", "groups", "display_name", "email", "profile_photo", "posix_username"],
  },
  characters: federationLimits.conditionCharacters,
};

/**
 * Claims that name public things: repositories, branches, tenants, applications. A refusal may quote them; any other
 * claim, such as an e-mail, a name or a subject, it may not.
 */
const publicClaims: ReadonlySet<string> = new Set([
  "appid",
  "azp",
  "azpacr",
  "environment",
  "event_name",
  "hd",
  "idtyp",
  "job_workflow_ref",
  "ref",
  "ref_type",
  "repository",
  "repository_id",
  "repository_owner",
  "repository_owner_id",
  "repository_visibility",
  "roles",
  "tid",
  "ver",
]);

export type ConditionResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly refusedBy: string; readonly explanation: string };

/**
 * Evaluates a provider's condition. Only the value `true` admits: an error, such as a claim that is missing, and any
 * other value refuse, as does an expression that Google would not accept.
 * @returns on refusal the smallest conjunct that was not true, as written
 */
export function evaluateCondition(
  condition: string,
  claims: Readonly<Record<string, unknown>>,
  assertion: CelInput,
  { google, attributes }: MappedAttributes,
): ConditionResult {
  const bindings: Bindings = { assertion, google: new Map(google), attribute: new Map(Object.entries(attributes)) };
  const compilation = compile(condition, conditionDialect);
  if (!compilation.ok) {
    return {
      ok: false,
      refusedBy: condition,
      explanation: `Google would not accept the condition: ${compilation.problem}.`,
    };
  }
  if (isTrue(condition, bindings)) return { ok: true };
  const refusedBy = smallestFailing(condition, bindings);
  return {
    ok: false,
    refusedBy,
    explanation: `The condition asks for ${shortened(refusedBy)}, and ${findings(refusedBy, claims)}.`,
  };
}

function isTrue(text: string, bindings: Bindings): boolean {
  const compilation = compile(text, conditionDialect);
  if (!compilation.ok) return false;
  const result = compilation.expression.evaluate(bindings);
  return result.ok && result.value === true;
}

function smallestFailing(text: string, bindings: Bindings): string {
  const parts = conjuncts(text);
  const failing = parts.length === 1 ? undefined : parts.find((part) => !isTrue(part, bindings));
  return failing === undefined ? text.trim() : smallestFailing(failing, bindings);
}

/** What the credential has to show for the claims that a conjunct reads. */
function findings(conjunct: string, claims: Readonly<Record<string, unknown>>): string {
  const compilation = compile(conjunct, conditionDialect);
  const fields = compilation.ok ? compilation.expression.usage.fields : [];
  const found = fields.flatMap((field) => {
    const name = field.startsWith("assertion.") ? field.slice("assertion.".length) : undefined;
    if (name === undefined) return [];
    if (!Object.hasOwn(claims, name)) return [`the credential has no claim ${name}`];
    return publicClaims.has(name) ? [`its ${name} is ${shortened(JSON.stringify(claims[name]))}`] : [];
  });
  return found.length === 0 ? "that is not so" : found.join(", ");
}

function shortened(text: string): string {
  const plain = text.replace(/\s+/g, " ");
  return plain.length > 160 ? `${plain.slice(0, 160)}…` : plain;
}
