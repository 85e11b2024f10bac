import type { Construct } from "constructs";
import { claimAt } from "./claim";
import type { Principal } from "./principal";
import { placeOf } from "./property-error";
import { longest, requireSpiffeIds } from "./spiffe-id";
import { type TrustStoreProps, trustStore } from "./trust-store";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** The first URI among the alternative names: a SPIFFE certificate has exactly one. */
const sanUri = claimAt("identity", ["san", "uri"]);

export interface SpiffeX509Props extends PoolPlacement, TrustStoreProps {
  readonly trustDomain: string;
  /** SPIFFE IDs admitted, `spiffe://TRUST-DOMAIN/PATH`. */
  readonly spiffeIds: readonly string[];
}

/**
 * Workloads of a SPIFFE trust domain, by their X.509-SVIDs: the client shows its certificate in mutual TLS to sts.mtls.googleapis.com.
 * Leaves may be valid for 390 days at most. Google asks nobody whether a certificate was revoked: take its SPIFFE ID out of the
 * list, or its authority out of the trust store.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-x509-certificates.
 */
export class SpiffeX509 extends WorkloadIdentityPool<never> {
  /** The workloads, in the order given. */
  readonly workloads: readonly Principal[];

  /** @throws PropertyError for an id of another trust domain or too long for google.subject, and for certificates that Google refuses */
  constructor(scope: Construct, id: string, props: SpiffeX509Props) {
    const place = placeOf(scope, id);
    const spiffeIds = requireSpiffeIds(place, props.trustDomain, props.spiffeIds);
    super(scope, id, {
      ...props,
      issuer: "spiffe-x509",
      displayName: `SPIFFE X.509, ${props.environment}`,
      mapping: { subject: sanUri.expression, attributes: {} },
      claimBytes: { "san.uri": longest(spiffeIds) },
      condition: sanUri.isOneOf(spiffeIds),
      credential: { x509: trustStore(place, props) },
    });
    this.workloads = spiffeIds.map((spiffeId) => this.subject(spiffeId));
  }
}
