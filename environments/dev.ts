import {
  apps,
  awsAccountId,
  ci,
  clusterIssuer,
  entraTenantId,
  groups,
  organizationId,
  repository,
  workspace,
} from "./company";
import type { EnvironmentInput } from "./schema";

/** Development: everyone of the company and every branch of the repository may try things. */
export const dev: EnvironmentInput = {
  name: "dev",
  generation: "01",
  project: { id: "ailab-data-dev", number: "710000000001", region: "europe-west4" },
  organizationId,
  state: "local",
  entra: { tenantId: entraTenantId },
  groups,
  gateway: { domain: "dev.ailab.com", machineDomain: "machines.dev.ailab.com", apps },
  workforce: { poolId: "ailab-people-dev-01", sessionSeconds: 28_800 },
  federation: {
    github: { ...repository, branches: "any" },
    googleWorkspace: { ...workspace, people: "everyone" },
    aws: { accountId: awsAccountId, roleName: "asset-collector-dev" },
    kubernetes: {
      issuerUri: clusterIssuer,
      serviceAccounts: [{ namespace: "reports", name: "report-builder" }],
    },
  },
  ci,
  data: { location: "EU", datasets: ["dev_analytics", "dev_logs"] },
  workloads: {
    "mcp-server": {
      account: "mcp-server-dev",
      purpose: "BigQuery MCP server",
      data: "viewer",
      becomes: { github: true, googleWorkspace: true },
    },
    "batch-job": {
      account: "batch-job-dev",
      purpose: "On-premises batch job, through the token broker",
      data: "viewer",
      becomes: { broker: true },
    },
    "asset-collector": {
      account: "asset-collector-dev",
      purpose: "Asset collector on AWS",
      data: "viewer",
      becomes: { aws: true },
    },
  },
  operations: {
    alertEmails: ["on-call@ailab.com"],
    queries: { tebibytesPerDay: 1, tebibytesPerUserPerDay: 0.25, contactEmail: "cloud-quotas@ailab.com" },
  },
  directAccess: { "report-builder": { issuer: "kubernetes", data: "viewer" } },
  broker: {
    certificate: { keySecret: "token-broker-entra-key", certificateSecret: "token-broker-entra-certificate" },
    clients: [
      {
        name: "On-premises batch job",
        match: { spiffeId: "spiffe://ailab.com/dev/batch-job" },
        workloads: ["batch-job"],
        scopes: ["https://www.googleapis.com/auth/cloud-platform"],
        lifetimeSeconds: 3600,
      },
    ],
  },
};
