/** Privileged Access Manager. Source: cloud.google.com/iam/docs/pam-overview, .../pam-permissions-and-setup; the Terraform provider 6.50. */
export const privilegedAccessLimits = {
  /** Seconds. */
  requestDuration: { least: 1800, most: 604_800 },
  eligiblePrincipals: 20,
  /** Approvals that a step can ask for in this version of the provider. */
  approvals: 1,
} as const;

/** 4 to 63, a letter first, no hyphen last. */
export const entitlementIdPattern = /^[a-z][a-z0-9-]{2,61}[a-z0-9]$/;

/** The agent that gives and takes the roles: one for the organization, whatever project an entitlement is in. */
export const privilegedAccessAgent = (organizationId: string): string =>
  `service-org-${organizationId}@gcp-sa-pam.iam.gserviceaccount.com`;

/** Lets the agent read and change the policy of what it is granted on. */
export const privilegedAccessAgentRole = "roles/privilegedaccessmanager.serviceAgent";
