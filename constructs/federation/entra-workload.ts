import type { Construct } from "constructs";
import { entraIssuer, federationAppRole } from "../../facts/entra";
import { computedId } from "./cel-literal";
import { allOf, claimsOf } from "./condition";
import type { Principal } from "./principal";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** Names, user principal names and e-mails are left out: they can be changed. */
const claims = claimsOf({
  tid: "identity",
  azp: "identity",
  oid: "identity",
  azpacr: "text",
  ver: "text",
  roles: "list",
});

export interface EntraWorkloadProps extends PoolPlacement {
  readonly tenantId: string;
  /** Client id of the application that tokens are asked for: the audience of version 2.0 tokens, whatever its URI. */
  readonly resourceClientId: string;
  /** Client id of the application that asks. */
  readonly clientId: string;
  /** Object id of that application's service principal; not of the application. */
  readonly servicePrincipalObjectId: string;
}

/**
 * One service principal of an Entra tenant. Any principal of a tenant may get a token for any application, so the
 * audience alone proves nothing: client, service principal and app role must all match, and the client must have
 * proved itself by a certificate (azpacr 2), not by a secret.
 * Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
 */
export class EntraWorkload extends WorkloadIdentityPool<"appid" | "tid"> {
  /** The service principal. */
  readonly client: Principal;

  constructor(scope: Construct, id: string, props: EntraWorkloadProps) {
    super(scope, id, {
      ...props,
      issuer: "entra",
      displayName: `Entra, ${props.environment}`,
      mapping: {
        subject: claims.oid.expression,
        attributes: { appid: claims.azp.expression, tid: claims.tid.expression },
      },
      condition: allOf(
        claims.tid.is(props.tenantId),
        claims.azp.is(computedId(props.clientId)),
        claims.oid.is(computedId(props.servicePrincipalObjectId)),
        claims.roles.includes(federationAppRole),
        claims.azpacr.is("2"),
        claims.ver.is("2.0"),
      ),
      credential: { oidc: { issuerUri: entraIssuer(props.tenantId), allowedAudiences: [props.resourceClientId] } },
    });
    this.client = this.subject(props.servicePrincipalObjectId);
  }
}
