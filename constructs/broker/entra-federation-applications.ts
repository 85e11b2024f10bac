import { AppRoleAssignment } from "@cdktf/provider-azuread/lib/app-role-assignment";
import { ApplicationAppRoleA } from "@cdktf/provider-azuread/lib/application-app-role";
import { ApplicationCertificate } from "@cdktf/provider-azuread/lib/application-certificate";
import { ApplicationIdentifierUri } from "@cdktf/provider-azuread/lib/application-identifier-uri";
import { ApplicationRegistration } from "@cdktf/provider-azuread/lib/application-registration";
import { ServicePrincipal } from "@cdktf/provider-azuread/lib/service-principal";
import { Construct } from "constructs";
import { federationAppRole } from "../../facts/entra";
import { stableUuid } from "./stable-uuid";

export interface EntraFederationApplicationsProps {
  readonly environment: string;
  /** Public certificate that the broker signs its client assertions with, as PEM. */
  readonly certificatePem: string;
}

/**
 * Two applications in Entra: the resource, which tokens for Google are asked for, and the broker, which asks. The
 * broker proves itself by a certificate and alone holds the app role.
 * Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
 */
export class EntraFederationApplications extends Construct {
  /** Audience of the tokens. */
  readonly resourceClientId: string;
  readonly brokerClientId: string;
  /** Object id of the broker's service principal: `sub` and `oid` of its tokens. */
  readonly brokerObjectId: string;

  constructor(scope: Construct, id: string, props: EntraFederationApplicationsProps) {
    super(scope, id);
    const { environment } = props;
    const resource = new ApplicationRegistration(this, "resource", {
      displayName: `Google Cloud federation (${environment})`,
      signInAudience: "AzureADMyOrg",
      // Decides issuer and audience of the tokens, and the default differs from resource to resource.
      requestedAccessTokenVersion: 2,
    });
    new ApplicationIdentifierUri(this, "resource-uri", {
      applicationId: resource.id,
      identifierUri: `api://${resource.clientId}`,
    });
    const role = new ApplicationAppRoleA(this, "federate", {
      applicationId: resource.id,
      roleId: stableUuid(`${environment}/app-role/${federationAppRole}`),
      value: federationAppRole,
      displayName: "Federate into Google Cloud",
      description: "May exchange its token for one of Google Cloud",
      allowedMemberTypes: ["Application"],
    });
    const resourcePrincipal = new ServicePrincipal(this, "resource-principal", {
      clientId: resource.clientId,
      // Without it every principal of the tenant gets a token for this application.
      appRoleAssignmentRequired: true,
    });

    const broker = new ApplicationRegistration(this, "broker", {
      displayName: `Token broker (${environment})`,
      signInAudience: "AzureADMyOrg",
      requestedAccessTokenVersion: 2,
    });
    new ApplicationCertificate(this, "broker-certificate", {
      applicationId: broker.id,
      type: "AsymmetricX509Cert",
      encoding: "pem",
      value: props.certificatePem,
    });
    const brokerPrincipal = new ServicePrincipal(this, "broker-principal", { clientId: broker.clientId });
    new AppRoleAssignment(this, "broker-federates", {
      appRoleId: role.roleId,
      principalObjectId: brokerPrincipal.objectId,
      resourceObjectId: resourcePrincipal.objectId,
    });
    this.resourceClientId = resource.clientId;
    this.brokerClientId = broker.clientId;
    this.brokerObjectId = brokerPrincipal.objectId;
  }
}
