import { IamWorkforcePool } from "@cdktf/provider-google/lib/iam-workforce-pool";
import { IamWorkforcePoolProvider } from "@cdktf/provider-google/lib/iam-workforce-pool-provider";
import { Construct } from "constructs";
import { entraIssuer } from "../../facts/entra";
import { workforcePoolIdPattern, workloadPoolIdPattern } from "../../facts/federation-limits";
import { allOf, claimsOf } from "./condition";
import { displayNameOf } from "./display-name";
import { Principal } from "./principal";
import { requireForm, requireProperty } from "./property-error";
import { providerCondition } from "./provider-condition";

const claims = claimsOf({ tid: "identity", oid: "identity" });

export interface EntraWorkforceProps {
  readonly organizationId: string;
  /** Unique in all of Google Cloud; 6 to 63 characters. */
  readonly poolId: string;
  readonly providerId: string;
  readonly displayName: string;
  /** Seconds, 900 to 43200: how long a person stays signed in, at IAP too. */
  readonly sessionSeconds: number;
  readonly tenantId: string;
  readonly clientId: string;
  /** Reference to the application's password; it ends up in Terraform's state, as Google takes nothing else. */
  readonly clientSecret: string;
  readonly preventDestroy: boolean;
}

/**
 * The people of an Entra tenant, as a workforce pool with its only provider: IAP cannot choose between two.
 * IAP takes the e-mail from google.email; it is shown, never authorized on.
 * Source: cloud.google.com/iam/docs/workforce-sign-in-microsoft-entra-id.
 */
export class EntraWorkforce extends Construct {
  /** `locations/global/workforcePools/POOL` */
  readonly name: string;
  readonly poolId: string;
  readonly #pool: IamWorkforcePool;

  /** @throws PropertyError when an id or the session's length is outside Google's limits */
  constructor(scope: Construct, id: string, props: EntraWorkforceProps) {
    super(scope, id);
    this.poolId = requireForm(
      this,
      "poolId",
      props.poolId,
      workforcePoolIdPattern,
      "expected 6 to 63 of a-z, 0-9 and -, a letter first, no - last, not beginning with gcp-",
    );
    const providerRule = "expected 4 to 32 of a-z, 0-9 and -, not beginning with gcp-";
    const providerId = requireForm(this, "providerId", props.providerId, workloadPoolIdPattern, providerRule);
    const displayName = displayNameOf(this, props);
    const { sessionSeconds } = props;
    const inRange = Number.isInteger(sessionSeconds) && sessionSeconds >= 900 && sessionSeconds <= 43_200;
    requireProperty(this, "sessionSeconds", String(sessionSeconds), inRange, "expected 900 to 43200 seconds");
    const kept = props.preventDestroy ? { lifecycle: { preventDestroy: true } } : {};

    this.#pool = new IamWorkforcePool(this, "pool", {
      parent: `organizations/${props.organizationId}`,
      location: "global",
      workforcePoolId: props.poolId,
      displayName,
      sessionDuration: `${sessionSeconds}s`,
      ...kept,
    });
    this.name = this.#pool.name;
    new IamWorkforcePoolProvider(this, "provider", {
      location: "global",
      workforcePoolId: this.#pool.workforcePoolId,
      providerId,
      displayName,
      attributeMapping: {
        "google.subject": claims.oid.expression,
        "google.groups": "assertion.groups",
        "google.email": "assertion.email",
        "google.display_name": "assertion.name",
      },
      attributeCondition: providerCondition(this, allOf(claims.tid.is(props.tenantId))),
      oidc: {
        issuerUri: entraIssuer(props.tenantId),
        clientId: props.clientId,
        clientSecret: { value: { plainText: props.clientSecret } },
        webSsoConfig: {
          responseType: "CODE",
          // Entra's userinfo has neither oid nor groups.
          assertionClaimsBehavior: "ONLY_ID_TOKEN_CLAIMS",
          additionalScopes: ["profile", "email"],
        },
      },
      ...kept,
    });
  }

  /** The members of an Entra group, by its object id. */
  group(objectId: string): Principal {
    return Principal.withGroup(this.#pool, objectId);
  }
}
