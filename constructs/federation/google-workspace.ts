import type { Construct } from "constructs";
import { googleClaims } from "../../facts/issuer-claims";
import { googleIssuer } from "../../facts/issuers";
import { allOf } from "./condition";
import { documentedClaims } from "./documented-claims";
import { numericForm } from "./fixed-id";
import { hostnameForm } from "./hostname";
import type { Principal } from "./principal";
import { placeOf, requireForm, requireSome } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** The e-mail is left out: an address may be given to another person, the numeric subject never is. */
const claims = documentedClaims(googleClaims);

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

  /** @throws PropertyError when a subject is not numeric or nobody is named, or the domain or client is none */
  constructor(scope: Construct, id: string, props: GoogleWorkspaceProps) {
    const place = placeOf(scope, id);
    const { people } = props;
    const hostedDomain = requireForm(
      place,
      "hostedDomain",
      props.hostedDomain,
      hostnameForm.pattern,
      hostnameForm.rule,
    );
    const oauthClientId = requireForm(
      place,
      "oauthClientId",
      props.oauthClientId,
      /^[0-9]{1,32}-[a-z0-9]{1,64}\.apps\.googleusercontent\.com$/,
      "expected an OAuth client id: NUMBER-NAME.apps.googleusercontent.com",
    );
    const ofDomain = allOf(claims.azp.is(oauthClientId), claims.hd.is(hostedDomain), claims.email_verified.is(true));
    const numeric = (subject: string) =>
      requireForm(
        place,
        "people",
        subject,
        numericForm.pattern,
        "expected numeric subjects: an e-mail can change hands",
      );
    if (people !== "everyone") requireSome(place, "people", people).map(numeric);
    super(scope, id, {
      ...props,
      issuer: "google-workspace",
      displayName: `Google Workspace, ${props.environment}`,
      mapping: { subject: claims.sub.expression, attributes: { hosted_domain: claims.hd.expression } },
      // Decimal digits; the documented 255 characters are a limit of the field, not of its values.
      claimBytes: { sub: googleSubjectBytes },
      condition:
        people === "everyone" ? ofDomain : allOf(ofDomain, claims.sub.isOneOf(requireSome(place, "people", people))),
      credential: { oidc: { issuerUri: googleIssuer, allowedAudiences: [oauthClientId] } },
    });
    this.admitted =
      people === "everyone"
        ? [this.attribute("hosted_domain", hostedDomain)]
        : people.map((subject) => this.subject(subject));
  }
}

/** Bytes of a numeric id of a person or an account: 21 digits as of today. */
export const googleSubjectBytes = 32;
