import type { Construct } from "constructs";
import { entraIssuer, federationAppRole } from "../../facts/entra";
import { entraClaims } from "../../facts/issuer-claims";
import { allOf } from "./condition";
import { documentedClaims } from "./documented-claims";
import { fixedId, uuidForm } from "./fixed-id";
import type { Principal } from "./principal";
import { placeOf, requireForm } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** Names, user principal names and e-mails are left out: they can be changed. */
const claims = documentedClaims(entraClaims);

export interface EntraWorkloadProps extends PoolPlacement {
  readonly tenantId: string;
  /** Client id of the application that tokens are asked for: the audience of version 2.0 tokens, whatever its URI. */
  readonly resourceClientId: string;
  /** Client id of the application, or of the managed identity, that asks. */
  readonly clientId: string;
  /** Object id of its service principal; not of the application. */
  readonly servicePrincipalObjectId: string;
  /**
   * "application": proves itself by a certificate. "managed-identity": Azure proves it, and hands the token out on the machine.
   * An application by default.
   */
  readonly client?: "application" | "managed-identity" | undefined;
  /** The app role that has to be assigned to the service principal; `Gcp.Federate` unless told. */
  readonly appRole?: string | undefined;
}

/**
 * One service principal of an Entra tenant: an application's or a managed identity's. Any principal of a tenant may get a
 * token for any application, so the audience alone proves nothing: client, service principal and app role must all match, and
 * the client must have proved itself by a certificate or assertion (azpacr 2), not by a secret. The resource application
 * must issue version 2.0 tokens.
 * Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
 */
export class EntraWorkload extends WorkloadIdentityPool<"appid" | "tid"> {
  /** The service principal. */
  readonly client: Principal;

  /** @throws PropertyError when an id is not a UUID, or the role no role's value */
  constructor(scope: Construct, id: string, props: EntraWorkloadProps) {
    const place = placeOf(scope, id);
    const uuid = (name: "tenantId" | "clientId" | "servicePrincipalObjectId" | "resourceClientId") =>
      fixedId(place, name, props[name], uuidForm);
    requireForm(place, "tenantId", props.tenantId, uuidForm.pattern, uuidForm.rule);
    uuid("resourceClientId");
    const roleRule = "expected the value of an app role: letters, digits and . _ : / - , at most 120";
    const { appRole = federationAppRole } = props;
    const isManaged = props.client === "managed-identity";
    super(scope, id, {
      ...props,
      issuer: isManaged ? "entra-mi" : "entra",
      displayName: `Entra${isManaged ? " identity" : ""}, ${props.environment}`,
      mapping: {
        subject: claims.oid.expression,
        attributes: { appid: claims.azp.expression, tid: claims.tid.expression },
      },
      condition: allOf(
        claims.tid.is(props.tenantId),
        claims.azp.is(uuid("clientId")),
        claims.oid.is(uuid("servicePrincipalObjectId")),
        claims.roles.includes(requireForm(place, "appRole", appRole, /^[A-Za-z0-9._:/-]{1,120}$/, roleRule)),
        claims.azpacr.is("2"),
        claims.ver.is("2.0"),
      ),
      credential: { oidc: { issuerUri: entraIssuer(props.tenantId), allowedAudiences: [props.resourceClientId] } },
    });
    this.client = this.subject(props.servicePrincipalObjectId);
  }
}
