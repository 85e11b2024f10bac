import type { ExternalCredential } from "../access/decision";
import type { Provider } from "../access/federation";
import { partBetween } from "../cel/extract";
import type { ClaimVariable } from "./claim-variable";
import { isHidden } from "./issuers/text-forms";
import type { ModelValue } from "./model-values";
import { languageOfCharacters } from "./regular-expression";
import { and, apply, or, type Term, text } from "./term";
import { inLanguage, isText, sameText } from "./text-terms";

/** A token that a solver made up, as the provider's issuer would sign it. */
export interface WitnessToken {
  readonly provider: Provider;
  readonly credential: ExternalCredential;
}

/** A claim and all that lies below it. */
function* variablesOf(claim: ClaimVariable): Generator<ClaimVariable> {
  yield claim;
  for (const child of claim.children.values()) yield* variablesOf(child);
  for (const element of claim.writtenList?.elements ?? []) yield* variablesOf(element);
}

/** What has to be asked of a model to read a token out of it. */
export function valuesOf(token: ClaimVariable): readonly Term[] {
  return [...variablesOf(token)].flatMap((claim) => [
    ...(claim.kind.variable ? [claim.kind] : []),
    ...partsOfText(claim.text),
    claim.flag,
    claim.number,
    ...(claim.writtenList === undefined ? [] : [claim.writtenList.length]),
  ]);
}

/** The variables of a text and the conditions by which it is chosen. */
function partsOfText(whole: Term): readonly Term[] {
  const found = new Set<Term>();
  const seen = new Set<Term>();
  const visit = (part: Term): void => {
    if (seen.has(part)) return;
    seen.add(part);
    if (part.variable || part.sort === "Bool") found.add(part);
    else part.args.forEach(visit);
  };
  visit(whole);
  return [...found];
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Model = ReadonlyMap<Term, ModelValue>;

/** The claims of a token in a model; undefined where the model is not readable. */
export function readToken(token: ClaimVariable, provider: Provider, model: Model): WitnessToken | undefined {
  const claims = readClaim(token, model);
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) return undefined;
  const { issuer } = provider;
  if (issuer.kind === "aws") {
    const stated = (name: string) => (typeof claims[name] === "string" ? claims[name] : "");
    const answer = { arn: stated("arn"), account: issuer.account, userid: stated("userid") };
    return { provider, credential: { kind: "aws", claims: answer } };
  }
  // A SAML assertion is not evaluated: the evaluator refuses whatever is shown.
  if (issuer.kind !== "oidc") return { provider, credential: { kind: "x509", claims } };
  const stated = claims["aud"] ?? issuer.audiences[0] ?? "";
  const audiences = (Array.isArray(stated) ? stated : [stated]).filter((audience) => typeof audience === "string");
  const written = { iss: claims["iss"] ?? issuer.issuer, aud: stated, ...claims };
  return { provider, credential: { kind: "oidc", issuer: issuer.issuer, audiences, claims: written } };
}

function readClaim(claim: ClaimVariable, model: Model): Json | undefined {
  const found = claim.kind.variable ? model.get(claim.kind) : { symbol: claim.kind.text };
  const kind = typeof found === "object" ? found.symbol : undefined;
  switch (kind) {
    case "null":
      return null;
    case "text":
      return readText(claim.text, model);
    case "flag":
      return model.get(claim.flag) === true;
    case "number": {
      const value = model.get(claim.number);
      return typeof value === "number" ? value : undefined;
    }
    case "list": {
      const list = claim.writtenList;
      const length = list && model.get(list.length);
      return (list?.elements ?? [])
        .slice(0, typeof length === "number" ? length : 0)
        .flatMap((element) => readClaim(element, model) ?? []);
    }
    case "map": {
      const entries = [...claim.children].flatMap(([key, child]): [string, Json][] => {
        const value = isHidden(key) ? undefined : readClaim(child, model);
        return value === undefined ? [] : [[key, value]];
      });
      return Object.fromEntries(entries);
    }
    default:
      return undefined;
  }
}

/** A text as its parts in the model make it. */
function readText(whole: Term, model: Model): string | undefined {
  if (typeof whole.literal === "string") return whole.literal;
  if (whole.variable) {
    const value = model.get(whole);
    return typeof value === "string" ? value : undefined;
  }
  const [first, second, third] = whole.args;
  switch (whole.text) {
    case "str.++": {
      const parts = whole.args.map((part) => readText(part, model));
      return parts.includes(undefined) ? undefined : parts.join("");
    }
    case "ite": {
      const chosen = first && model.get(first) === true ? second : third;
      return chosen && readText(chosen, model);
    }
    case "between": {
      const [inner, prefix, suffix] = [first, second, third].map((part) => part && readText(part, model));
      return inner === undefined ? undefined : partBetween(inner, prefix ?? "", suffix ?? "");
    }
    default:
      return undefined;
  }
}

const readable = languageOfCharacters([[0x21, 0x7e]]);

/** That a person can read the token: printable texts, whole numbers. */
export function isReadable(token: ClaimVariable): Term<"Bool"> {
  return and(
    ...[...variablesOf(token)].flatMap((claim) => [
      ...textsOf(claim).map((part) => or(sameText(part, text("")), inLanguage(part, readable))),
      apply("Bool", "is_int", claim.number),
    ]),
  );
}

/** The text variables of a claim. */
const textsOf = (claim: ClaimVariable): readonly Term<"String">[] =>
  partsOfText(claim.text).flatMap((part) => (isText(part) ? [part] : []));

/** The text variables of a token. */
export const textVariablesOf = (token: ClaimVariable): readonly Term<"String">[] => [
  ...new Set([...variablesOf(token)].flatMap(textsOf)),
];

/** The claims of a token that it may do without. */
export const optionalClaims = (token: ClaimVariable): readonly ClaimVariable[] =>
  [...token.children.values()].filter((claim) => claim.kind.variable);
