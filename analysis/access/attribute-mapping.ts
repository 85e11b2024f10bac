import { type CelInput, isCelList } from "@bufbuild/cel";
import { federationLimits } from "../../facts/federation-limits";
import { type TokenExchangeError, tokenExchangeErrors } from "../../facts/token-exchange";
import { compile, type Dialect, type Evaluation } from "../cel/expression";
import type { FederatedIdentity } from "./decision";
import type { Provider } from "./federation";

/** Names that a mapping expression may use. */
export const mappingDialect: Dialect = {
  name: "attribute mapping",
  vocabulary: { assertion: "any" },
  characters: federationLimits.mappingExpressionCharacters,
};

/** What the mapping made of a credential. */
export interface MappedAttributes {
  readonly subject: string;
  readonly groups: readonly string[];
  /** Without the `attribute.` prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Every google.* target, without the prefix; google.groups as a list. */
  readonly google: ReadonlyMap<string, string | readonly string[]>;
}

export type MappingResult =
  | { readonly ok: true; readonly mapped: MappedAttributes }
  | { readonly ok: false; readonly error: TokenExchangeError; readonly explanation: string };

const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

/** Applies a provider's mapping to a credential, with Google's limits on what comes of it. */
export function mapAttributes(provider: Provider, assertion: CelInput): MappingResult {
  const values = new Map<string, string | readonly string[]>();
  for (const [target, source] of provider.mapping) {
    const compilation = compile(source, mappingDialect);
    if (!compilation.ok) {
      const explanation = `Google would not accept the mapping of ${target} in ${provider.address}: ${compilation.problem}.`;
      return { ok: false, error: tokenExchangeErrors.invalidTarget(), explanation };
    }
    const result = compilation.expression.evaluate({ assertion });
    if (!result.ok) return noValue(provider, target, compilation.expression.usage.fields);
    const value = target === "google.groups" ? textsOf(result) : result.value;
    if (typeof value === "string" || (Array.isArray(value) && target === "google.groups")) values.set(target, value);
    else return wrongType(provider, target);
  }
  return withinLimits(provider, values);
}

function noValue(provider: Provider, target: string, fields: readonly string[]): MappingResult {
  const source = fields.length === 0 ? "" : `, which is made from ${fields.join(", ")}`;
  return {
    ok: false,
    error: tokenExchangeErrors.noValue(target),
    explanation: `The credential gives no value for ${target}${source}, in ${provider.address}.`,
  };
}

function wrongType(provider: Provider, target: string): MappingResult {
  const expected = target === "google.groups" ? "a list of texts" : "a text";
  return {
    ok: false,
    error: tokenExchangeErrors.attributeNotString(target),
    explanation: `${target} of ${provider.address} has to be ${expected}; what the credential gives is not.`,
  };
}

function textsOf(result: Extract<Evaluation, { ok: true }>): readonly string[] | undefined {
  if (!isCelList(result.value)) return undefined;
  const texts: string[] = [];
  for (const item of result.value) {
    if (typeof item !== "string") return undefined;
    texts.push(item);
  }
  return texts;
}

function withinLimits(provider: Provider, values: ReadonlyMap<string, string | readonly string[]>): MappingResult {
  const subject = values.get("google.subject");
  // extract() gives an empty text where nothing matches; all such credentials would be one and the same principal.
  if (typeof subject !== "string" || subject === "") return noValue(provider, "google.subject", []);
  if (bytesOf(subject) > federationLimits.subjectBytes) {
    const explanation = `google.subject of ${provider.address} is ${bytesOf(subject)} bytes long; the limit is ${federationLimits.subjectBytes}.`;
    return { ok: false, error: tokenExchangeErrors.subjectTooLong(), explanation };
  }
  const stated = values.get("google.groups") ?? [];
  const groups = typeof stated === "string" ? [stated] : stated;
  if (groups.length > federationLimits.groups) {
    const explanation = `google.groups of ${provider.address} has ${groups.length} entries; the limit is ${federationLimits.groups}.`;
    return { ok: false, error: tokenExchangeErrors.tooManyGroups(String(groups.length)), explanation };
  }
  const limit = federationLimits.mappedBytes[provider.kind];
  const total = [...values.values()].flat().reduce((sum, value) => sum + bytesOf(value), 0);
  if (total > limit) {
    const explanation = `The mapped attributes of ${provider.address} are ${total} bytes together; the limit is ${limit}.`;
    return { ok: false, error: tokenExchangeErrors.mappedTooLarge(String(limit)), explanation };
  }
  const google = new Map<string, string | readonly string[]>();
  const attributes: [string, string][] = [];
  for (const [target, value] of values) {
    if (target.startsWith("google.")) google.set(target.slice("google.".length), value);
    else if (typeof value === "string") attributes.push([target.slice("attribute.".length), value]);
  }
  return { ok: true, mapped: { subject, groups, attributes: Object.fromEntries(attributes), google } };
}

/** The identity that a mapping makes. */
export function identityOf(
  provider: Provider,
  { subject, groups, attributes, google }: MappedAttributes,
): FederatedIdentity {
  const email = google.get("email");
  const displayName = google.get("display_name");
  return {
    kind: "federated",
    pool: provider.pool,
    provider: provider.name,
    subject,
    groups,
    attributes,
    ...(typeof email === "string" ? { email } : {}),
    ...(typeof displayName === "string" ? { displayName } : {}),
  };
}
