import { entraIssuer } from "../facts/entra";
import { githubActionsIssuer, googleIssuer } from "../facts/issuers";
import { awsAccountId, clusterIssuer, entraTenantId, organizationId } from "./company";
import type { OrganizationInput } from "./organization-schema";

/** What holds in all environments, whoever deploys there. */
export const organization: OrganizationInput = {
  id: organizationId,
  project: { id: "ailab-organization", number: "710000000000" },
  state: "local",
  allowedIssuers: [githubActionsIssuer, googleIssuer, entraIssuer(entraTenantId), clusterIssuer],
  allowedAwsAccounts: [awsAccountId],
  allowedCustomers: ["C03g5e3bc"],
  breakGlassGroup: "cloud-emergency@ailab.com",
  perimeter: { addressRanges: ["198.51.100.0/24", "2001:db8:51::/48"] },
  signIns: { location: "eu", retentionDays: 400 },
};
