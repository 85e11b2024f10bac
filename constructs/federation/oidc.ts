import type { Construct } from "constructs";
import type { AttributeMapping } from "./attribute-mapping";
import type { PinnedCondition } from "./condition";
import { placeOf, requireForm, requireList } from "./property-error";
import { uploadedJwks } from "./uploaded-jwks";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

export interface OidcProps<A extends string> extends PoolPlacement {
  /** The issuer's name in ids, such as `buildkite`. */
  readonly name: string;
  /** At most 32 characters. */
  readonly displayName: string;
  /** What its tokens' `iss` says, an https URL. */
  readonly issuerUri: string;
  /** Whom tokens have to be made out for; the provider itself unless told, which no other party's token is made out for. */
  readonly allowedAudiences?: readonly string[] | undefined;
  /** The issuer's public keys, where Google cannot fetch them. */
  readonly jwks?: unknown;
  readonly mapping: AttributeMapping<A>;
  /** Longest values, in bytes, of the claims that google.subject is made of. */
  readonly claimBytes: Readonly<Record<string, number>>;
  /** Pins an immutable identity; for an issuer of many customers the owner too. */
  readonly condition: PinnedCondition;
}

/**
 * Any issuer of OpenID Connect tokens that none of the others covers. Its tokens have a `kid`, are signed with RS256 or ES256, and hold
 * iss, sub, aud, iat and exp; Google does not check how long they live, so the issuer should give them a short life.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-other-providers.
 */
export class Oidc<A extends string = string> extends WorkloadIdentityPool<A> {
  /** @throws PropertyError for an issuer, audience, key, mapping or condition that Google refuses, or that admits other customers */
  constructor(scope: Construct, id: string, props: OidcProps<A>) {
    const place = placeOf(scope, id);
    const { issuerUri, allowedAudiences, jwks } = props;
    super(scope, id, {
      ...props,
      issuer: requireForm(place, "name", props.name, /^[a-z][a-z0-9-]{1,24}$/, nameRule),
      credential: {
        oidc: {
          issuerUri,
          ...(allowedAudiences !== undefined && {
            allowedAudiences: [...requireList(place, "allowedAudiences", allowedAudiences)],
          }),
          ...(jwks !== undefined && { jwksJson: uploadedJwks(place, "jwks", jwks) }),
        },
      },
    });
  }
}

const nameRule = "expected 2 to 25 of a-z, 0-9 and -, a letter first";
