import type { Construct } from "constructs";
import { googleIssuer } from "../../facts/issuers";
import { allOf, claimsOf } from "./condition";
import type { Principal } from "./principal";
import { requireForm, requireSome } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** The e-mail is left out: an address may be given to another person, the numeric subject never is. */
const claims = claimsOf({ azp: "identity", sub: "identity", hd: "text", email_verified: "flag" });

export interface GoogleWorkspaceProps extends PoolPlacement {
  readonly hostedDomain: string;
  /** The company's own OAuth client, through which people sign in. */
  readonly oauthClientId: string;
  /** "everyone" of the hosted domain, or the numeric subjects of the people admitted. */
  readonly people: "everyone" | readonly string[];
}

/**
 * People of one Google Workspace domain. Every service account of the world gets tokens of this issuer for any
 * audience it likes, so the audience proves nothing: the authorized party must be our own client, which such tokens
 * never name. Source: developers.google.com/identity/openid-connect/openid-connect.
 */
export class GoogleWorkspace extends WorkloadIdentityPool<"hosted_domain"> {
  /** Whom the condition admits: each named person, or all people of the domain. */
  readonly admitted: readonly Principal[];

  /** @throws PropertyError when a subject is not numeric or nobody is named */
  constructor(scope: Construct, id: string, props: GoogleWorkspaceProps) {
    const { hostedDomain, oauthClientId, people } = props;
    const ofDomain = allOf(claims.azp.is(oauthClientId), claims.hd.is(hostedDomain), claims.email_verified.is(true));
    const numeric = (subject: string) =>
      requireForm(scope, "people", subject, /^[0-9]+$/, "expected numeric subjects: an e-mail can change hands");
    if (people !== "everyone") people.map(numeric);
    super(scope, id, {
      ...props,
      issuer: "google-workspace",
      displayName: `Google Workspace, ${props.environment}`,
      mapping: { subject: claims.sub.expression, attributes: { hosted_domain: claims.hd.expression } },
      condition:
        people === "everyone" ? ofDomain : allOf(ofDomain, claims.sub.isOneOf(requireSome(scope, "people", people))),
      credential: { oidc: { issuerUri: googleIssuer, allowedAudiences: [oauthClientId] } },
    });
    this.admitted =
      people === "everyone"
        ? [this.attribute("hosted_domain", hostedDomain)]
        : people.map((subject) => this.subject(subject));
  }
}
