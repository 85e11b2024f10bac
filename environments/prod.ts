import {
  apps,
  awsAccountId,
  ci,
  entraTenantId,
  groups,
  namedAdministratorSubject,
  organizationId,
  workspace,
} from "./company";
import type { EnvironmentInput } from "./schema";

/** Production: only the administrators' group and one named administrator become the MCP server. */
export const prod: EnvironmentInput = {
  name: "prod",
  generation: "01",
  project: { id: "ailab-data-prod", number: "710000000003", region: "europe-west4" },
  organizationId,
  state: "local",
  entra: { tenantId: entraTenantId },
  groups,
  gateway: {
    domain: "ailab.com",
    machineDomain: "machines.ailab.com",
    apps,
    database: { tier: "db-custom-1-3840", highAvailability: true },
  },
  workforce: { poolId: "ailab-people-prod-01", sessionSeconds: 3_600 },
  federation: {
    googleWorkspace: { ...workspace, people: [namedAdministratorSubject] },
    aws: { accountId: awsAccountId, roleName: "asset-collector-prod" },
  },
  ci,
  data: { location: "EU", datasets: ["prod_analytics", "prod_metrics"] },
  workloads: {
    "mcp-server": {
      account: "mcp-server-prod",
      purpose: "BigQuery MCP server",
      data: "viewer",
      becomes: { googleWorkspace: true, workforceGroups: ["administrators"] },
    },
    "batch-job": {
      account: "batch-job-prod",
      purpose: "On-premises batch job, through the token broker",
      data: "viewer",
      becomes: { broker: true },
    },
    "asset-collector": {
      account: "asset-collector-prod",
      purpose: "Asset collector on AWS",
      data: "viewer",
      becomes: { aws: true },
      // It runs at night; its role is of no use by day.
      window: { weekly: { timeZone: "Europe/Amsterdam", hours: { from: 20, until: 7 } } },
    },
  },
  operations: {
    alertEmails: ["on-call@ailab.com"],
    queries: { tebibytesPerDay: 20, tebibytesPerUserPerDay: 5, contactEmail: "cloud-quotas@ailab.com" },
  },
  approval: {
    requesters: ["administrators"],
    approvers: ["administrators"],
    approverEmails: ["data-owners@ailab.com"],
    roles: ["roles/bigquery.dataEditor"],
    longestSeconds: 3600,
  },
  broker: {
    certificate: { keySecret: "token-broker-entra-key", certificateSecret: "token-broker-entra-certificate" },
    clients: [
      {
        name: "On-premises batch job",
        match: { spiffeId: "spiffe://ailab.com/prod/batch-job" },
        workloads: ["batch-job"],
        scopes: ["https://www.googleapis.com/auth/cloud-platform"],
        lifetimeSeconds: 1800,
      },
    ],
  },
};
