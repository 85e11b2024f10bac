import { z } from "zod";
import { federationLimits } from "../../facts/federation-limits";
import { type TokenExchangeError, tokenExchangeErrors } from "../../facts/token-exchange";
import type { ExternalCredential } from "../access/decision";

/** Something about a credential for which Google refuses it, whatever the provider's condition says. */
export interface CredentialFault {
  readonly error: TokenExchangeError;
  readonly explanation: string;
}

/** A credential as somebody has it in hand. Its signature is not checked: that takes its issuer's keys. */
export type ReadCredential =
  | { readonly ok: true; readonly credential: ExternalCredential; readonly faults: readonly CredentialFault[] }
  | { readonly ok: false; readonly error: TokenExchangeError; readonly problem: string };

/** Characters of a token: Google's own limit of a request is far above what issuers make. */
const tokenLimit = 65_536;

const unreadable = (problem: string): ReadCredential => ({
  ok: false,
  error: tokenExchangeErrors.unparsable(),
  problem,
});

const serviceAccountKey = z.object({ type: z.literal("service_account"), private_key: z.string() });
const claimsObject = z.record(z.string(), z.unknown());
const wrapped = z.union([
  z.object({ access_token: z.string() }).transform((body) => body.access_token),
  z.object({ id_token: z.string() }).transform((body) => body.id_token),
  // The answer of GitHub's token address in a job.
  z.object({ value: z.string() }).transform((body) => body.value),
]);
const awsClaims = z.object({
  arn: z.string().min(1),
  account: z.string().regex(/^[0-9]{12}$/),
  userid: z.string().default(""),
});
const oidcClaims = z.object({
  iss: z.string().min(1),
  aud: z.union([z.string().transform((audience) => [audience]), z.array(z.string()).min(1)]),
});
const times = z.object({ iat: z.number(), exp: z.number(), nbf: z.number().optional() });
const header = z.object({ alg: z.string(), kid: z.string().optional() });

/** What tokens are that are none for a provider, by their beginnings. */
const otherTokens: readonly (readonly [RegExp, string])[] = [
  [/^ya29\./, "this is an access token of Google, not an external token"],
  [
    /^gh[opsu]_|^github_pat_/,
    "this is an access token of GitHub; the workflow's ID token is another (permissions: id-token: write)",
  ],
  [/^glpat-/, "this is an access token of GitLab; the job's ID token is another (id_tokens:)"],
  [/^-----BEGIN CERTIFICATE-----/, "this is a certificate; give it as --certificate"],
  [/^-----BEGIN [A-Z ]*PRIVATE KEY-----/, "this is a private key, and no token; keep it to yourself"],
  [/^<\?xml|^<saml|^PHNhbWw/, "this is a SAML assertion, which is not evaluated here"],
];

/**
 * Reads a token out of a file: a compact JWT (RFC 7515 §3.1), alone or in the JSON that an issuer answered with.
 * @param now for its times
 */
export function readToken(text: string, now: Date): ReadCredential {
  if (text.length > tokenLimit) return unreadable(`it is longer than ${tokenLimit} characters`);
  const plain = text.replace(/^\uFEFF/, "").trim();
  if (plain === "") return unreadable("it is empty");
  if (plain.startsWith("{")) {
    if (serviceAccountKey.safeParse(parseJson(plain)).success)
      return unreadable("it is the key of a service account, and no token; federation takes its place, so delete it");
    const body = wrapped.safeParse(parseJson(plain));
    if (!body.success) return unreadable("it is JSON without access_token, id_token or value");
    return body.data.trim().startsWith("{") ? unreadable("it holds no token") : readToken(body.data, now);
  }
  const other = otherTokens.find(([pattern]) => pattern.test(plain));
  if (other !== undefined) return unreadable(other[1]);
  const token = plain.replace(/^Bearer\s+/i, "");
  const parts = token.split(".");
  if (parts.length === 5) return unreadable("it is encrypted (JWE); a provider needs a signed token");
  if (parts.length !== 3)
    return unreadable(`it has ${parts.length} ${parts.length === 1 ? "part" : "parts"} where a JWT has 3`);
  const [head, payload] = parts.map((part) => decodePart(part));
  if (parts.some((part) => !/^[A-Za-z0-9_-]+$/.test(part))) return unreadable("a part of it is not base64url");
  const claims = claimsObject.safeParse(payload);
  if (head === undefined || !claims.success) return unreadable("a part of it is not a JSON object in UTF-8");
  const read = readOidcClaims(claims.data, now, true);
  return read.ok ? { ...read, faults: [...headerFaults(head), ...read.faults] } : read;
}

/** The compact token in a text that `readToken` reads; undefined where it reads none. */
export function compactToken(text: string): string | undefined {
  const plain = text.replace(/^\uFEFF/, "").trim();
  const body = plain.startsWith("{") ? wrapped.safeParse(parseJson(plain)).data?.trim() : plain;
  const token = body?.replace(/^Bearer\s+/i, "");
  return token !== undefined && /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token) ? token : undefined;
}

/**
 * Reads claims that somebody wrote: of an OpenID Connect token, or, with `arn` and without `iss`, of an AWS caller
 * (the answer of GetCallerIdentity).
 */
export function readClaims(text: string, now: Date): ReadCredential {
  if (text.length > tokenLimit) return unreadable(`they are longer than ${tokenLimit} characters`);
  const claims = claimsObject.safeParse(parseJson(text));
  if (!claims.success) return unreadable("they are not a JSON object");
  if (claims.data["iss"] !== undefined || claims.data["arn"] === undefined)
    return readOidcClaims(claims.data, now, false);
  const aws = awsClaims.safeParse(claims.data);
  if (!aws.success) return unreadable(`${aws.error.issues[0]?.path.join(".")}: expected as GetCallerIdentity gives it`);
  return { ok: true, credential: { kind: "aws", claims: aws.data }, faults: [] };
}

function readOidcClaims(claims: Readonly<Record<string, unknown>>, now: Date, whole: boolean): ReadCredential {
  const parsed = oidcClaims.safeParse(claims);
  if (!parsed.success)
    return unreadable(`its claim ${String(parsed.error.issues[0]?.path[0] ?? "iss")} is missing or of the wrong kind`);
  const { iss: issuer, aud: audiences } = parsed.data;
  return {
    ok: true,
    credential: { kind: "oidc", issuer, audiences, claims },
    // Claims that somebody wrote by hand need no times.
    faults: whole || claims["exp"] !== undefined ? timeFaults(claims, now) : [],
  };
}

function timeFaults(claims: Readonly<Record<string, unknown>>, now: Date): readonly CredentialFault[] {
  const parsed = times.safeParse(claims);
  const stale = (explanation: string) => [{ error: tokenExchangeErrors.stale("its iat"), explanation }];
  if (!parsed.success) return stale("the token has no iat or no exp");
  const { iat, exp, nbf } = parsed.data;
  const seconds = now.getTime() / 1000;
  const skew = federationLimits.clockSkewSeconds;
  if (exp + skew <= seconds) return stale(`the token ended ${duration(seconds - exp)} ago`);
  const from = Math.max(iat, nbf ?? iat);
  if (from - skew > seconds)
    return stale(`the token begins in ${duration(from - seconds)}: this clock or its issuer's is wrong`);
  return [];
}

function headerFaults(head: unknown): readonly CredentialFault[] {
  const parsed = header.safeParse(head);
  const fault = (explanation: string) => [{ error: tokenExchangeErrors.badSignature(), explanation }];
  if (!parsed.success) return fault("the token's header has no alg");
  const { alg, kid } = parsed.data;
  if (alg !== "RS256" && alg !== "ES256")
    return fault(
      `the token is signed with ${/^[A-Za-z0-9]{1,10}$/.test(alg) ? alg : "something else"}; Google takes RS256 and ES256`,
    );
  return kid === undefined ? fault("the token's header has no kid, by which Google finds the key") : [];
}

function decodePart(part: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(part, "base64url")));
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} seconds`;
  return whole < 7200 ? `${Math.round(whole / 60)} minutes` : `${Math.round(whole / 3600)} hours`;
}
