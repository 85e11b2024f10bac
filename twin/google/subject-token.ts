import type { JSONWebKeySet } from "jose";
import { z } from "zod";
import type { ExternalCredential } from "../../analysis";
import { federationLimits } from "../../facts/federation-limits";
import { type TokenExchangeError, tokenExchangeErrors } from "../../facts/token-exchange";
import { type CompactJwt, checkSignature } from "../issuers/compact-jwt";
import type { IssuerRegistry } from "../issuers/issuer";

/** Claims that every ID token must have for Google; numbers are seconds. */
const requiredClaims = z.object({
  iss: z.string().min(1),
  aud: z.union([z.string().transform((audience) => [audience]), z.array(z.string()).min(1)]),
});
const times = z.object({ iat: z.number(), exp: z.number(), nbf: z.number().optional() });

/** Keys as a provider's `jwks_json` holds them. */
const uploadedKeys = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(8),
});

export type OidcCredential = Extract<ExternalCredential, { kind: "oidc" }>;

/** The issuer and audience that an unverified token claims; undefined where it does not claim them properly. */
export function claimedCredential(token: CompactJwt): OidcCredential | undefined {
  const parsed = requiredClaims.safeParse(token.claims);
  if (!parsed.success) return undefined;
  return { kind: "oidc", issuer: parsed.data.iss, audiences: parsed.data.aud, claims: token.claims };
}

export type SubjectTokenCheck =
  | { readonly genuine: true; readonly expiresAt: Date }
  | { readonly genuine: false; readonly error: TokenExchangeError; readonly explanation: string };

/**
 * Whether a token is its issuer's and of this time.
 * @param uploaded the provider's `jwks_json`, which takes the place of the issuer's published keys.
 */
export async function checkSubjectToken(
  token: CompactJwt,
  issuer: string,
  issuers: IssuerRegistry,
  uploaded: string | undefined,
): Promise<SubjectTokenCheck> {
  const keys = uploaded === undefined ? issuers.find(issuer)?.jwks() : parseUploadedKeys(uploaded);
  if (keys === undefined) {
    return refused(tokenExchangeErrors.issuerUnreachable(), `Nothing answers for the issuer ${issuer}.`);
  }
  switch (await checkSignature(token, keys)) {
    case "unknown-key":
      return refused(tokenExchangeErrors.issuerUnreachable(), "The issuer publishes no key of the token's key id.");
    case "bad-signature":
      return refused(tokenExchangeErrors.badSignature(), "The signature does not verify with the issuer's key.");
    case "verified":
      return checkTimes(token);
  }
}

function checkTimes(token: CompactJwt): SubjectTokenCheck {
  const parsed = times.safeParse(token.claims);
  if (!parsed.success) return refused(tokenExchangeErrors.stale("0"), "The token has no iat or no exp.");
  const { iat, exp, nbf } = parsed.data;
  const now = Date.now() / 1000;
  const skew = federationLimits.clockSkewSeconds;
  const stale = tokenExchangeErrors.stale(String(iat));
  if (exp + skew <= now) return refused(stale, "The token has expired.");
  if (iat - skew > now || (nbf !== undefined && nbf - skew > now))
    return refused(stale, "The token is from the future.");
  return { genuine: true, expiresAt: new Date(exp * 1000) };
}

const refused = (error: TokenExchangeError, explanation: string): SubjectTokenCheck => ({
  genuine: false,
  error,
  explanation,
});

function parseUploadedKeys(text: string): JSONWebKeySet | undefined {
  try {
    return uploadedKeys.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
