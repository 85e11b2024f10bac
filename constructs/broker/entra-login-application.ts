import { AppRoleAssignment } from "@cdktf/provider-azuread/lib/app-role-assignment";
import { ApplicationOptionalClaimsA } from "@cdktf/provider-azuread/lib/application-optional-claims";
import { ApplicationPasswordA } from "@cdktf/provider-azuread/lib/application-password";
import { ApplicationRedirectUris } from "@cdktf/provider-azuread/lib/application-redirect-uris";
import { ApplicationRegistration } from "@cdktf/provider-azuread/lib/application-registration";
import { ServicePrincipal } from "@cdktf/provider-azuread/lib/service-principal";
import { Construct } from "constructs";
import { defaultAccessAppRoleId } from "../../facts/entra";
import { workforceSignInCallback } from "../../facts/google-endpoints";

export interface EntraLoginApplicationProps {
  readonly environment: string;
  readonly workforcePoolId: string;
  readonly workforceProviderId: string;
  /** Object ids of the groups whose members may sign in, by a name of ours. */
  readonly groups: Readonly<Record<string, string>>;
}

/**
 * The application through which people sign in at Entra for the workforce pool. Only members of the assigned groups
 * may; and tokens hold only these groups, so that nobody reaches the 200 above which Entra leaves all groups out.
 * Source: cloud.google.com/iam/docs/workforce-sign-in-microsoft-entra-id.
 */
export class EntraLoginApplication extends Construct {
  readonly clientId: string;
  /** Reference to the password: known to Terraform's state and to the workforce provider. */
  readonly clientSecret: string;

  constructor(scope: Construct, id: string, props: EntraLoginApplicationProps) {
    super(scope, id);
    const registration = new ApplicationRegistration(this, "registration", {
      displayName: `Google Cloud sign-in (${props.environment})`,
      signInAudience: "AzureADMyOrg",
      requestedAccessTokenVersion: 2,
      groupMembershipClaims: ["ApplicationGroup"],
    });
    new ApplicationRedirectUris(this, "redirect", {
      applicationId: registration.id,
      type: "Web",
      redirectUris: [workforceSignInCallback(props.workforcePoolId, props.workforceProviderId)],
    });
    new ApplicationOptionalClaimsA(this, "claims", {
      applicationId: registration.id,
      idToken: [{ name: "email" }, { name: "groups" }],
    });
    const password = new ApplicationPasswordA(this, "password", {
      applicationId: registration.id,
      displayName: "Workforce pool provider",
      // Ninety days: the workforce provider takes no certificate, so the password must not live long.
      endDateRelative: "2160h",
      // Replacing it must not leave a time in which nobody can sign in.
      lifecycle: { createBeforeDestroy: true },
    });
    const principal = new ServicePrincipal(this, "principal", {
      clientId: registration.clientId,
      appRoleAssignmentRequired: true,
    });
    for (const [name, objectId] of Object.entries(props.groups)) {
      new AppRoleAssignment(this, `sign-in-${name}`, {
        appRoleId: defaultAccessAppRoleId,
        principalObjectId: objectId,
        resourceObjectId: principal.objectId,
      });
    }
    this.clientId = registration.clientId;
    this.clientSecret = password.value;
  }
}
