import { apps, awsAccountId, ci, entraTenantId, groups, organizationId, repository } from "./company";
import type { EnvironmentInput } from "./schema";

/** Staging: only the main branch of the repository becomes the MCP server, which may write here. */
export const staging: EnvironmentInput = {
  name: "staging",
  generation: "01",
  project: { id: "ailab-data-staging", number: "710000000002", region: "europe-west4" },
  organizationId,
  state: "local",
  entra: { tenantId: entraTenantId },
  groups,
  gateway: {
    domain: "staging.ailab.com",
    machineDomain: "machines.staging.ailab.com",
    apps,
    database: { tier: "db-f1-micro", highAvailability: false },
  },
  workforce: { poolId: "ailab-people-staging-01", sessionSeconds: 14_400 },
  federation: {
    github: { ...repository, branches: ["main"] },
    aws: { accountId: awsAccountId, roleName: "asset-collector-staging" },
  },
  ci,
  data: { location: "EU", datasets: ["staging_analytics"] },
  workloads: {
    "mcp-server": {
      account: "mcp-server-staging",
      purpose: "BigQuery MCP server",
      data: "editor",
      becomes: { github: true },
    },
    "batch-job": {
      account: "batch-job-staging",
      purpose: "On-premises batch job, through the token broker",
      data: "viewer",
      becomes: { broker: true },
    },
    "asset-collector": {
      account: "asset-collector-staging",
      purpose: "Asset collector on AWS",
      data: "viewer",
      becomes: { aws: true },
    },
  },
  operations: {
    alertEmails: ["on-call@ailab.com"],
    queries: { tebibytesPerDay: 2, tebibytesPerUserPerDay: 0.5, contactEmail: "cloud-quotas@ailab.com" },
  },
  broker: {
    certificate: { keySecret: "token-broker-entra-key", certificateSecret: "token-broker-entra-certificate" },
    clients: [
      {
        name: "On-premises batch job",
        match: { spiffeId: "spiffe://ailab.com/staging/batch-job" },
        workloads: ["batch-job"],
        scopes: ["https://www.googleapis.com/auth/cloud-platform"],
        lifetimeSeconds: 3600,
      },
    ],
  },
};
