/**
 * Which services take a federated identity in a binding of their own, without a service account between.
 * Source: cloud.google.com/iam/docs/federated-identity-supported-services.
 */
export interface DirectAccessSupport {
  readonly workload: boolean;
  readonly workforce: boolean;
  /** What does instead, or what does not work. */
  readonly remark: string;
}

const become = "let it become a service account instead (PurposeServiceAccount.grantBecome)";

export const directAccess = {
  "bigquery.googleapis.com": { workload: true, workforce: true, remark: "without Sheets and Drive tables for people" },
  "secretmanager.googleapis.com": { workload: true, workforce: true, remark: "" },
  "storage.googleapis.com": {
    workload: true,
    workforce: true,
    remark: "only buckets with uniform access; no signed URLs",
  },
  "run.googleapis.com": {
    workload: false,
    workforce: false,
    remark: `${become}, and call with its ID token (generateIdToken); people come through Identity-Aware Proxy`,
  },
  "cloudfunctions.googleapis.com": { workload: false, workforce: false, remark: become },
  "sqladmin.googleapis.com": { workload: false, workforce: false, remark: `for database logins, ${become}` },
  "appengine.googleapis.com": { workload: false, workforce: false, remark: become },
} as const satisfies Readonly<Record<string, DirectAccessSupport>>;

export type DirectAccessService = keyof typeof directAccess;
