import { workforcePoolIdPattern } from "../../../facts/federation-limits";
import { workforcePrincipalPrefix } from "../../../facts/iap";
import type { Identity } from "../identity";
import { audienceForms, isAudience } from "./audience";
import { checkClaims } from "./claims";
import { parseCompactAssertion, parseJson } from "./compact";
import type { KeySource } from "./key-source";
import { type Refusal, refused } from "./reasons";
import { verifyEs256 } from "./signature";

export interface AssertionVerifierOptions {
  /** Never empty; each of a form of `audience.ts`. */
  readonly audiences: readonly string[];
  /** Id of the workforce pool whose people are ours. */
  readonly workforcePool: string;
  readonly keys: KeySource;
  /** Milliseconds since 1970; Date.now unless given. */
  readonly clock?: () => number;
}

export type VerifiedAssertion = { readonly ok: true; readonly identity: Identity } | Refusal;

/** Takes the value of the header x-goog-iap-jwt-assertion as the server hands it over. Never throws. */
export type AssertionVerifier = (assertion: string | readonly string[] | undefined) => Promise<VerifiedAssertion>;

/**
 * Makes the verifier of IAP's signed header: strict compact form, ES256 by a key of IAP, exact issuer, one of our
 * audiences, bounded life, a workforce identity of our pool with an e-mail address.
 * Source: cloud.google.com/iap/docs/signed-headers-howto; RFC 7515, RFC 7519, RFC 8725.
 *
 * @throws TypeError where the options could never admit anyone, or would admit anyone: no audience, an audience of
 *   another form, a pool id of another form.
 */
export function createAssertionVerifier(options: AssertionVerifierOptions): AssertionVerifier {
  const { keys, workforcePool, clock = Date.now } = options;
  const audiences = new Set(options.audiences);
  if (audiences.size === 0) throw new TypeError(`audiences is empty; expected ${audienceForms}`);
  for (const audience of audiences) {
    if (!isAudience(audience)) throw new TypeError(`audience ${JSON.stringify(audience)} is not ${audienceForms}`);
  }
  if (!workforcePoolIdPattern.test(workforcePool)) {
    throw new TypeError(`workforcePool ${JSON.stringify(workforcePool)} is not the id of a workforce pool`);
  }
  const principalPrefix = workforcePrincipalPrefix(workforcePool);

  return async (header) => {
    const payload = await verifySignedPayload(header, keys);
    if (!payload.ok) return payload;
    const now = Math.floor(clock() / 1000);
    const identity = checkClaims(parseJson(payload.value), { audiences, principalPrefix, now });
    return identity.ok ? { ok: true, identity: identity.value } : identity;
  };
}

/** The signed bytes of an assertion, whatever they are: strict form, ES256, a key of the source. */
export async function verifySignedPayload(header: string | readonly string[] | undefined, keys: KeySource) {
  const parsed = parseCompactAssertion(header);
  if (!parsed.ok) return parsed;
  const { keyId, payload, signingInput, signature } = parsed.value;
  const key = await keys.find(keyId);
  if (!key.ok) return key;
  const valid = await verifyEs256(key.value, signingInput, signature);
  return valid ? ({ ok: true, value: payload } as const) : refused("bad_signature");
}
