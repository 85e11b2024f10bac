import type { Construct } from "constructs";
import { spiffeClaims } from "../../facts/issuer-claims";
import { documentedClaims } from "./documented-claims";
import type { Principal } from "./principal";
import { placeOf } from "./property-error";
import { longest, requireSpiffeIds } from "./spiffe-id";
import { uploadedJwks } from "./uploaded-jwks";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

const claims = documentedClaims(spiffeClaims);

export interface SpiffeOidcProps extends PoolPlacement {
  readonly trustDomain: string;
  /** What the JWT-SVIDs' `iss` says: the OIDC discovery provider of the trust domain. */
  readonly issuerUri: string;
  /** The trust domain's public JWT keys, where Google cannot fetch them from the issuer. */
  readonly jwks?: unknown;
  /** SPIFFE IDs admitted, `spiffe://TRUST-DOMAIN/PATH`. */
  readonly spiffeIds: readonly string[];
}

/**
 * Workloads of a SPIFFE trust domain, by JWT-SVIDs that are made out for the provider.
 * Source: github.com/spiffe/spiffe, standards/JWT-SVID.md.
 */
export class SpiffeOidc extends WorkloadIdentityPool<never> {
  /** The workloads, in the order given. */
  readonly workloads: readonly Principal[];

  /** @throws PropertyError for an id of another trust domain or too long for google.subject, and for keys that Google refuses */
  constructor(scope: Construct, id: string, props: SpiffeOidcProps) {
    const place = placeOf(scope, id);
    const spiffeIds = requireSpiffeIds(place, props.trustDomain, props.spiffeIds);
    const { issuerUri, jwks } = props;
    super(scope, id, {
      ...props,
      issuer: "spiffe",
      displayName: `SPIFFE, ${props.environment}`,
      mapping: { subject: claims.sub.expression, attributes: {} },
      claimBytes: { sub: longest(spiffeIds) },
      condition: claims.sub.isOneOf(spiffeIds),
      credential: {
        oidc: { issuerUri, ...(jwks !== undefined && { jwksJson: uploadedJwks(place, "jwks", jwks) }) },
      },
    });
    this.workloads = spiffeIds.map((spiffeId) => this.subject(spiffeId));
  }
}
