import { z } from "zod";
import {
  iapClockSkewSeconds,
  iapIssuer,
  iapMaximumLifetimeSeconds,
  workforceIdentitySources,
} from "../../../facts/iap";
import type { Identity } from "../identity";
import { normaliseEmail } from "./email";
import { type Checked, type Refusal, refused } from "./reasons";

/** Seconds since 1970 (RFC 7519 §2, NumericDate); IAP uses whole ones. */
const numericDate = z.int().nonnegative();

/** Claims of every assertion. Source: cloud.google.com/iap/docs/signed-headers-howto#verifying_the_jwt_payload. */
const commonClaims = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string().min(1),
  exp: numericDate,
  iat: numericDate,
  nbf: numericDate.optional(),
  google: z.object({ access_levels: z.array(z.string()).optional() }).optional(),
});
type CommonClaims = z.output<typeof commonClaims>;

const workforceClaims = z.object({
  identity_source: z.enum(workforceIdentitySources),
  workforce_identity: z.object({ iam_principal: z.string() }),
});

/** What the claims are measured against. */
export interface Expectations {
  readonly audiences: ReadonlySet<string>;
  /** Beginning of the principals of our workforce pool. */
  readonly principalPrefix: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Checks the claims of an assertion whose signature has been found valid. */
export function checkClaims(payload: unknown, expected: Expectations): Checked<Identity> {
  const common = commonClaims.safeParse(payload);
  if (!common.success) return refused("malformed_claims");
  const claims = common.data;
  if (claims.iss !== iapIssuer) return refused("issuer_mismatch");
  if (!expected.audiences.has(claims.aud)) return refused("audience_mismatch");
  return checkTimes(claims, expected.now) ?? checkPerson(payload, claims, expected.principalPrefix);
}

function checkTimes({ iat, exp, nbf = iat }: CommonClaims, now: number): Refusal | undefined {
  if (exp <= now - iapClockSkewSeconds) return refused("expired");
  if (Math.max(iat, nbf) > now + iapClockSkewSeconds) return refused("not_yet_valid");
  if (exp <= iat) return refused("malformed_claims");
  if (exp - iat > iapMaximumLifetimeSeconds) return refused("lifetime_too_long");
  return undefined;
}

function checkPerson(payload: unknown, common: CommonClaims, principalPrefix: string): Checked<Identity> {
  // Set by Identity Platform only: such a session was admitted by rules other than ours.
  if (typeof payload === "object" && payload !== null && "gcip" in payload) return refused("identity_platform");
  const workforce = workforceClaims.safeParse(payload);
  if (!workforce.success) return refused("not_workforce_identity");
  const principal = workforce.data.workforce_identity.iam_principal;
  if (!isPrincipalOf(principalPrefix, principal)) return refused("foreign_principal");

  const email = normaliseEmail(payload);
  if (!email.ok) return email;
  const accessLevels = common.google?.access_levels ?? [];
  return { ok: true, value: { principal, email: email.value, accessLevels } };
}

/** The prefix, then a subject. It becomes a key of rows: no space, no control character (PostgreSQL takes no NUL). */
function isPrincipalOf(prefix: string, principal: string): boolean {
  const subject = principal.slice(prefix.length);
  return principal.startsWith(prefix) && /^[^\s\p{C}]{1,512}$/u.test(subject);
}
