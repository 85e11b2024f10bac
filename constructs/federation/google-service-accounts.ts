import type { Construct } from "constructs";
import { googleClaims } from "../../facts/issuer-claims";
import { googleIssuer } from "../../facts/issuers";
import { documentedClaims } from "./documented-claims";
import { fixedId, numericForm } from "./fixed-id";
import { googleSubjectBytes } from "./google-workspace";
import type { Principal } from "./principal";
import { placeOf, requireSome } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

const claims = documentedClaims(googleClaims);

export interface GoogleServiceAccountsProps extends PoolPlacement {
  /** Numeric unique ids of the accounts, or references to them; never e-mails, which a later account may have again. */
  readonly uniqueIds: readonly string[];
}

/**
 * Named Google service accounts of anybody's, such as a partner's, by their ID tokens. Anybody gets a token of this issuer for any
 * audience, so the numeric subject alone decides. Between accounts of one's own let one become the other instead.
 * Source: cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token.
 */
export class GoogleServiceAccounts extends WorkloadIdentityPool<never> {
  /** The accounts, in the order given. */
  readonly accounts: readonly Principal[];

  /** @throws PropertyError when an id is not numeric or none is named */
  constructor(scope: Construct, id: string, props: GoogleServiceAccountsProps) {
    const place = placeOf(scope, id);
    const rule = "expected numeric unique ids: an e-mail may be given to another account";
    const [first, ...others] = requireSome(place, "uniqueIds", props.uniqueIds);
    const numeric = (value: string) => fixedId(place, "uniqueIds", value, { ...numericForm, rule });
    super(scope, id, {
      ...props,
      issuer: "google-accounts",
      displayName: `Google accounts, ${props.environment}`,
      mapping: { subject: claims.sub.expression, attributes: {} },
      claimBytes: { sub: googleSubjectBytes },
      condition: claims.sub.isOneOf([numeric(first), ...others.map(numeric)]),
      credential: { oidc: { issuerUri: googleIssuer } },
    });
    this.accounts = props.uniqueIds.map((uniqueId) => this.subject(uniqueId));
  }
}
