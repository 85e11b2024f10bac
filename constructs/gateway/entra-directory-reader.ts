import { AppRoleAssignment } from "@cdktf/provider-azuread/lib/app-role-assignment";
import { ApplicationFederatedIdentityCredential } from "@cdktf/provider-azuread/lib/application-federated-identity-credential";
import { ApplicationRegistration } from "@cdktf/provider-azuread/lib/application-registration";
import { ServicePrincipal } from "@cdktf/provider-azuread/lib/service-principal";
import { Construct } from "constructs";
import { googleIssuer } from "../../facts/issuers";
import {
  federatedCredentialAudience,
  microsoftGraphAppRoles,
  microsoftGraphClientId,
} from "../../facts/microsoft-graph";
import type { PurposeServiceAccount } from "../access/purpose-service-account";

export interface EntraDirectoryReaderProps {
  readonly tenantId: string;
  /** For display names: the domain of the gateway. */
  readonly domain: string;
}

/**
 * The Entra application through which apps ask Microsoft Graph for people's groups and reports. It has neither a secret nor a
 * certificate: it trusts the ID tokens that Google signs for the apps' own service accounts, by their numeric ids, which
 * nobody gets again. At most 20 accounts.
 * Source: learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust-gcp.
 */
export class EntraDirectoryReader extends Construct {
  readonly tenantId: string;
  readonly clientId: string;
  readonly #applicationId: string;

  constructor(scope: Construct, id: string, props: EntraDirectoryReaderProps) {
    super(scope, id);
    const registration = new ApplicationRegistration(this, "registration", {
      displayName: `Directory reader of ${props.domain}`,
      signInAudience: "AzureADMyOrg",
      requestedAccessTokenVersion: 2,
    });
    const principal = new ServicePrincipal(this, "principal", { clientId: registration.clientId });
    // Microsoft's own application, which is in every tenant: it is looked up, neither made nor deleted.
    const graph = new ServicePrincipal(this, "graph", { clientId: microsoftGraphClientId, useExisting: true });
    new AppRoleAssignment(this, "reads-users", {
      appRoleId: microsoftGraphAppRoles["User.Read.All"],
      principalObjectId: principal.objectId,
      resourceObjectId: graph.objectId,
    });
    this.tenantId = props.tenantId;
    this.clientId = registration.clientId;
    this.#applicationId = registration.id;
  }

  /** @param name of the credential, 3 to 120 characters; distinct on the application. */
  trust(account: PurposeServiceAccount, name: string): void {
    new ApplicationFederatedIdentityCredential(this, name, {
      applicationId: this.#applicationId,
      displayName: name,
      description: "The app's own service account, by its numeric id",
      issuer: googleIssuer,
      subject: account.uniqueId,
      audiences: [federatedCredentialAudience],
    });
  }
}
