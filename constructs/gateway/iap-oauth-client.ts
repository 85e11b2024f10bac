import { IamOauthClient } from "@cdktf/provider-google/lib/iam-oauth-client";
import { IamOauthClientCredential } from "@cdktf/provider-google/lib/iam-oauth-client-credential";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { cloudPlatformScope, iapRedirectUri } from "../../facts/google-endpoints";
import { DeployStep } from "../delivery";
import { requireTwoDigits, waitingFor } from "./property-rules";

export interface IapOauthClientProps {
  readonly projectId: string;
  /** Two digits. Google keeps the id of a deleted client for 30 days; the next generation has another id. */
  readonly generation: string;
  /** Whether Terraform refuses to destroy the client. */
  readonly deletionProtection: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * The OAuth client by which IAP signs people in through the workforce pool, with its one credential.
 *
 * The redirect URI contains the client's generated id, which a resource cannot say of itself: the client starts
 * with a placeholder and a deploy-time step sets the real one. Nobody is redirected to the placeholder: it is
 * Google's own handler with an id that no client has.
 * Source: cloud.google.com/iap/docs/use-workforce-identity-federation. The credential's secret is in the state.
 */
export class IapOauthClient extends Construct {
  readonly clientId: string;
  readonly clientSecret: string;

  /** @throws PropertyError for a generation that is not two digits */
  constructor(scope: Construct, id: string, props: IapOauthClientProps) {
    super(scope, id);
    requireTwoDigits(this, "generation", props.generation);
    const { projectId } = props;
    const client = new IamOauthClient(this, "client", {
      oauthClientId: `people-gateway-${props.generation}`,
      project: projectId,
      location: "global",
      displayName: "People gateway",
      clientType: "CONFIDENTIAL_CLIENT",
      allowedGrantTypes: ["AUTHORIZATION_CODE_GRANT"],
      allowedScopes: [cloudPlatformScope],
      allowedRedirectUris: [iapRedirectUri("placeholder")],
      lifecycle: { ignoreChanges: ["allowed_redirect_uris"], preventDestroy: props.deletionProtection },
      ...waitingFor(props.dependsOn),
    });
    const credential = new IamOauthClientCredential(this, "credential", {
      oauthClientCredentialId: `people-gateway-${props.generation}`,
      oauthclient: client.oauthClientId,
      project: projectId,
      location: "global",
    });
    new DeployStep(this, "redirect-uri", {
      step: "oauth-redirect-uri",
      inputs: { projectId, oauthClient: client.oauthClientId, clientId: client.clientId },
    });
    new DeployStep(this, "credential-disable", {
      step: "oauth-credential-disable",
      inputs: { projectId, oauthClient: client.oauthClientId, credential: credential.oauthClientCredentialId },
    });
    this.clientId = client.clientId;
    this.clientSecret = credential.clientSecret;
  }
}
