import { ApplicationFederatedIdentityCredential } from "@cdktf/provider-azuread/lib/application-federated-identity-credential";
import { ApplicationRegistration } from "@cdktf/provider-azuread/lib/application-registration";
import { ServicePrincipal } from "@cdktf/provider-azuread/lib/service-principal";
import { Construct } from "constructs";
import { githubActionsIssuer } from "../../facts/issuers";

export interface CiEntraApplicationProps {
  readonly displayName: string;
  /** Exact `sub` claims of the jobs' tokens, by a name of the credential; Entra compares nothing else. */
  readonly subjects: Readonly<Record<string, string>>;
}

/**
 * An application in Entra that jobs of CI become without a secret. What it may do in the directory is not granted here:
 * who deploys must not decide what the deployment may do.
 * Source: learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust.
 */
export class CiEntraApplication extends Construct {
  readonly clientId: string;

  constructor(scope: Construct, id: string, { displayName, subjects }: CiEntraApplicationProps) {
    super(scope, id);
    const application = new ApplicationRegistration(this, "application", {
      displayName,
      signInAudience: "AzureADMyOrg",
      requestedAccessTokenVersion: 2,
    });
    new ServicePrincipal(this, "principal", { clientId: application.clientId });
    for (const [name, subject] of Object.entries(subjects)) {
      new ApplicationFederatedIdentityCredential(this, name, {
        applicationId: application.id,
        displayName: name,
        issuer: githubActionsIssuer,
        audiences: ["api://AzureADTokenExchange"],
        subject,
      });
    }
    this.clientId = application.clientId;
  }
}
