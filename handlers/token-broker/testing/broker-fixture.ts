import type { KeyPairWithCertificate } from "./certificates";

export const tenantId = "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11";
export const clientId = "7a1d0e52-3f0d-4a4e-9b52-2f2a6d3f9c01";
export const scope = "1b0f7c11-8f53-49c2-9a8c-6a2b8b5d7e02/.default";
export const audience =
  "//iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/entra-dev-01/providers/entra-dev-01";
export const batchAccount = "batch-job-dev@ailab-data-dev.iam.gserviceaccount.com";
export const reportAccount = "report-job-dev@ailab-data-dev.iam.gserviceaccount.com";
export const batchSpiffeId = "spiffe://ailab.com/dev/batch-job";

export const grantOf = (account: string, lifetimeSeconds = 3600) => ({
  account,
  scopes: ["https://www.googleapis.com/auth/cloud-platform"],
  lifetimeSeconds,
});

/** The access token of {@link grantOf}, as the chain obtains it. */
export const accessTargetOf = (account: string, lifetimeSeconds = 3600) => ({
  kind: "access_token" as const,
  ...grantOf(account, lifetimeSeconds),
});

/** A policy with one client by SPIFFE ID, and one by DNS name that has two accounts. */
export const policy = {
  clients: [
    { name: "batch job", match: { spiffeId: batchSpiffeId }, grants: [grantOf(batchAccount)] },
    {
      name: "report server",
      match: { dnsName: "reports.ailab.com" },
      grants: [grantOf(batchAccount), grantOf(reportAccount, 600)],
    },
  ],
};

/** The headers that the machine front sets for a client's certificate. */
export function frontHeadersFor(client: Pick<KeyPairWithCertificate, "der">, sha256: string): Record<string, string> {
  return {
    "x-client-cert-present": "true",
    "x-client-cert-chain-verified": "true",
    "x-client-cert-error": "",
    "x-client-cert-sha256-fingerprint": sha256,
    "x-client-cert-leaf": `:${client.der.toString("base64")}:`,
  };
}
