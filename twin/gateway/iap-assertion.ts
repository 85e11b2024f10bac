import { createHash } from "node:crypto";
import type { FederatedIdentity } from "../../analysis";
import {
  backendServiceAudience,
  iapAssertionLifetimeSeconds,
  iapIssuer,
  workforceIdentitySources,
} from "../../facts/iap";
import { IapKeys } from "./iap-keys";

/** Whom an assertion speaks of and for whom it is. */
export interface AssertionSubject {
  readonly identity: FederatedIdentity;
  readonly projectNumber: string;
  /** generated_id of the backend service. */
  readonly backendServiceId: string;
}

/**
 * Claims of the assertion for a workforce session. No groups: IAP sends none. `email` only where the provider maps
 * google.email. Source: cloud.google.com/iap/docs/signed-headers-howto, and a capture of a real assertion.
 * @param now milliseconds since 1970
 */
export function assertionClaims(subject: AssertionSubject, now = Date.now()): Readonly<Record<string, unknown>> {
  const { identity } = subject;
  const audience = backendServiceAudience(subject.projectNumber, subject.backendServiceId);
  const issuedAt = Math.floor(now / 1000);
  return {
    iss: iapIssuer,
    aud: audience,
    azp: audience,
    sub: iapSubject(identity),
    ...(identity.email === undefined ? {} : { email: identity.email }),
    iat: issuedAt,
    exp: issuedAt + iapAssertionLifetimeSeconds,
    identity_source: workforceIdentitySources[0],
    workforce_identity: {
      iam_principal: `principal://iam.googleapis.com/${identity.pool}/subject/${identity.subject}`,
      workforce_pool_name: identity.pool,
    },
  };
}

/** `sts.google.com:` and an opaque value, the same at every sign-in of a person. */
export function iapSubject(identity: FederatedIdentity): string {
  const digest = createHash("sha256").update(`${identity.pool}\n${identity.subject}`).digest("base64url");
  return `sts.google.com:AAFTZ${digest}`;
}

/** Assertions that a verifier must refuse. */
export type AssertionAlteration = "forged" | "expired" | "wrong-audience";

/**
 * Signs an assertion as IAP would, or one with exactly one fault, to try a verifier out: "forged" has every claim and the
 * kid right but another key; "wrong-audience" is for another backend service of the same project.
 */
export function signAssertion(
  keys: IapKeys,
  subject: AssertionSubject,
  alteration?: AssertionAlteration,
): Promise<string> {
  switch (alteration) {
    case undefined:
      return keys.sign(assertionClaims(subject));
    case "forged":
      return new IapKeys().sign(assertionClaims(subject), keys.currentKid);
    case "expired":
      return keys.sign(assertionClaims(subject, Date.now() - 3_600_000));
    case "wrong-audience":
      return keys.sign(assertionClaims({ ...subject, backendServiceId: `${subject.backendServiceId}0` }));
  }
}
