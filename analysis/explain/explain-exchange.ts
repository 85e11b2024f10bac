import type { TokenExchangeError } from "../../facts/token-exchange";
import { mapAttributes } from "../access/attribute-mapping";
import type { ExternalCredential, FederatedIdentity } from "../access/decision";
import { evaluateExchange } from "../access/exchange";
import type { Provider } from "../access/federation";
import type { AccessModel } from "../access/model";
import { claimsToCel, UnreadableClaimsError } from "../cel/claims";
import { claimsReadBy, type ReadClaim } from "./refused-condition";
import { valueClass } from "./value-class";

/** What one provider makes of a credential. */
export type ProviderAnswer =
  | {
      readonly provider: string;
      readonly address: string;
      readonly admitted: true;
      readonly identity: FederatedIdentity;
      readonly hasCondition: boolean;
    }
  | {
      readonly provider: string;
      readonly address: string;
      readonly admitted: false;
      /** Google's own words, with names of claims where Google puts their values. */
      readonly error: TokenExchangeError;
      readonly explanation: string;
      /** The part of the condition that was not true, as written. */
      readonly refusedBy?: string;
      readonly claims: readonly ReadClaim[];
      /** What the mapping makes of the credential, where it makes something: target attribute to kind of value. */
      readonly mapped: Readonly<Record<string, string>>;
    };

/** Asks a provider, and tells its answer without repeating what the credential says. */
export function askProvider(model: AccessModel, provider: Provider, credential: ExternalCredential): ProviderAnswer {
  const { address, name } = provider;
  const decision = evaluateExchange(model, `//iam.googleapis.com/${name}`, credential);
  if (decision.admitted) {
    const hasCondition = provider.condition !== undefined;
    return { provider: name, address, admitted: true, identity: decision.identity, hasCondition };
  }
  const { error, refusedBy } = decision;
  const claims = refusedBy === undefined ? [] : claimsReadBy(refusedBy, credential.claims);
  return {
    provider: name,
    address,
    admitted: false,
    error: withoutValues(error, credential),
    explanation:
      refusedBy === undefined
        ? plainExplanation(decision.explanation, credential)
        : conditionExplanation(refusedBy, claims),
    ...(refusedBy === undefined ? {} : { refusedBy }),
    claims,
    mapped: mappedClasses(provider, credential),
  };
}

/** Google quotes the issuer, the audience and the time of a token in its answers. */
function withoutValues(
  { error, errorDescription }: TokenExchangeError,
  credential: ExternalCredential,
): TokenExchangeError {
  if (credential.kind !== "oidc") return { error, errorDescription };
  const text = errorDescription
    .replace(` ${credential.issuer} `, " <its iss> ")
    .replace(`[${credential.audiences.join(", ")}]`, "[<its aud>]");
  return { error, errorDescription: text };
}

const plainExplanation = (text: string, credential: ExternalCredential): string =>
  credential.kind === "aws" ? text.replace(`, not ${credential.claims.account}`, ", not the credential's") : text;

function conditionExplanation(refusedBy: string, claims: readonly ReadClaim[]): string {
  const missing = claims.filter((read) => read.valueClass === "missing").map(({ claim }) => claim);
  if (missing.length > 0) {
    return `The credential has no claim ${missing.join(", ")}; a condition that reads a missing claim is not true.`;
  }
  const read = claims.map(
    ({ claim, valueClass: kind, nearMiss }) => `${claim} is ${kind}${nearMiss === undefined ? "" : `, ${nearMiss}`}`,
  );
  return read.length === 0
    ? "A part of the condition is not true of this credential."
    : `The condition asks for ${refusedBy.replace(/\s+/g, " ").slice(0, 200)}; of the credential ${read.join(", and ")}.`;
}

function mappedClasses(provider: Provider, { claims }: ExternalCredential): Readonly<Record<string, string>> {
  try {
    const result = mapAttributes(provider, claimsToCel(claims));
    if (!result.ok) return {};
    const { google, attributes } = result.mapped;
    return Object.fromEntries([
      ...[...google].map(([name, value]) => [`google.${name}`, valueClass(value)]),
      ...Object.entries(attributes).map(([name, value]) => [`attribute.${name}`, valueClass(value)]),
    ]);
  } catch (error) {
    if (error instanceof UnreadableClaimsError) return {};
    throw error;
  }
}
