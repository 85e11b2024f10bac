import type { Construct } from "constructs";
import { entraIssuer } from "../../facts/entra";
import { azureDevOpsClaims } from "../../facts/issuer-claims";
import { azureDevOpsAudience } from "../../facts/issuers";
import { documentedClaims } from "./documented-claims";
import { uuidForm } from "./fixed-id";
import type { Principal } from "./principal";
import { placeOf, requireForm } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

const claims = documentedClaims(azureDevOpsClaims);

/** `sub` ends with the ids of the organization and of the service connection. */
const connection = claims.sub.extractIdentity("/sc/{service_connection}");

export interface AzureDevOpsProps extends PoolPlacement {
  /** Entra tenant that the Azure DevOps organization belongs to. */
  readonly tenantId: string;
  /** UUID of the Azure DevOps organization, and of the service connection: the end of the token's `sub`. */
  readonly organizationId: string;
  readonly serviceConnectionId: string;
  /** Audience of the tokens, if decoding one shows another than Entra's for exchanges. */
  readonly audience?: string | undefined;
}

/**
 * Pipelines that use one service connection of Azure DevOps, by tokens that Entra issues. `sub` as a whole is longer than Google
 * takes: only its end is mapped, and compared as a whole. Who may use the connection is decided in Azure DevOps, by its checks.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines.
 */
export class AzureDevOps extends WorkloadIdentityPool<never> {
  readonly pipelines: Principal;

  /** @throws PropertyError when an id is not a UUID */
  constructor(scope: Construct, id: string, props: AzureDevOpsProps) {
    const place = placeOf(scope, id);
    const uuid = (name: "tenantId" | "organizationId" | "serviceConnectionId") =>
      requireForm(place, name, props[name], uuidForm.pattern, uuidForm.rule);
    const subject = `${uuid("organizationId")}/${uuid("serviceConnectionId")}`;
    super(scope, id, {
      ...props,
      issuer: "azure-devops",
      displayName: `Azure DevOps, ${props.environment}`,
      mapping: { subject: connection.expression, attributes: {} },
      // What is cut out is at most what is compared with.
      claimBytes: { sub: Buffer.byteLength(subject) },
      condition: connection.is(subject),
      credential: {
        oidc: { issuerUri: entraIssuer(uuid("tenantId")), allowedAudiences: [props.audience ?? azureDevOpsAudience] },
      },
    });
    this.pipelines = this.subject(subject);
  }
}
