/**
 * The deploy-time steps: when each runs and the environment variables that carry its inputs. What declares a step and
 * what runs it (`cli/deploy-steps`) agree here.
 */
export const deploySteps = {
  /** Gives IAP's OAuth client its redirect URI, which contains the client's own generated id. */
  "oauth-redirect-uri": {
    when: "create",
    inputs: {
      projectId: "KEYLESS_PROJECT_ID",
      oauthClient: "KEYLESS_OAUTH_CLIENT",
      clientId: "KEYLESS_OAUTH_CLIENT_ID",
    },
  },
  /** Disables a credential of an OAuth client before it is deleted: enabled ones cannot be. */
  "oauth-credential-disable": {
    when: "destroy",
    inputs: {
      projectId: "KEYLESS_PROJECT_ID",
      oauthClient: "KEYLESS_OAUTH_CLIENT",
      credential: "KEYLESS_OAUTH_CREDENTIAL",
    },
  },
  /** Makes Google create the service agent through which IAP invokes Cloud Run. */
  "iap-service-agent": {
    when: "create",
    inputs: { projectNumber: "KEYLESS_PROJECT_NUMBER" },
  },
  /** Pushes the image that a handler's source makes, which must be the one that the reference names by digest. */
  "image-push": {
    when: "create",
    inputs: { handler: "KEYLESS_HANDLER", image: "KEYLESS_IMAGE" },
  },
  /** Lets the migrating log-in make roles, and runs the job that brings the apps' databases up to date. */
  "database-migrations": {
    when: "create",
    inputs: {
      projectId: "KEYLESS_PROJECT_ID",
      region: "KEYLESS_REGION",
      instance: "KEYLESS_DATABASE_INSTANCE",
      login: "KEYLESS_DATABASE_LOGIN",
      job: "KEYLESS_JOB",
      image: "KEYLESS_IMAGE",
    },
  },
} as const;

export type DeployStepName = keyof typeof deploySteps;

/** Inputs of a step by name; never a secret, since Terraform shows and stores them. */
export type DeployStepInputs<Name extends DeployStepName> = {
  readonly [Input in keyof (typeof deploySteps)[Name]["inputs"]]: string;
};
