/**
 * What Cloud Audit Logs hold of federation: services, methods, logs and fields.
 * Source: cloud.google.com/iam/docs/audit-logging, and its examples-workload-identity; cloud.google.com/logging/docs/audit.
 */

export const auditLogTypes = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"] as const;
export type AuditLogType = (typeof auditLogTypes)[number];

/** What must be turned on to see who got in and what as. */
export const auditedServices: Readonly<Record<string, readonly AuditLogType[]>> = {
  "sts.googleapis.com": ["ADMIN_READ"],
  "iam.googleapis.com": ["ADMIN_READ", "DATA_READ", "DATA_WRITE"],
  "iap.googleapis.com": ["ADMIN_READ", "DATA_READ", "DATA_WRITE"],
  "secretmanager.googleapis.com": ["ADMIN_READ", "DATA_READ", "DATA_WRITE"],
};

/** APIs without an audit configuration of their own, and the one that covers them. */
export const refusedAuditServices: ReadonlyMap<string, string> = new Map([
  ["iamcredentials.googleapis.com", "iam.googleapis.com"],
]);

/** Last part of the name of a log, as it stands in `logName`. */
export const auditLogs = {
  activity: "cloudaudit.googleapis.com%2Factivity",
  dataAccess: "cloudaudit.googleapis.com%2Fdata_access",
} as const;

export const tokenExchange = {
  service: "sts.googleapis.com",
  method: "google.identity.sts.v1.SecurityTokenService.ExchangeToken",
  /** Of the entry's monitored resource. */
  resourceType: "audited_resource",
} as const;

export const impersonation = {
  service: "iamcredentials.googleapis.com",
  methods: ["GenerateAccessToken", "GenerateIdToken", "SignBlob", "SignJwt"],
  resourceType: "service_account",
} as const;

/** Changes of pools, providers and their keys, and of who may become an account. */
export const federationChanges = {
  service: "iam.googleapis.com",
  workloadMethods:
    "^google\\.iam\\.v1\\.WorkloadIdentityPools\\.(Create|Update|Delete|Undelete)WorkloadIdentityPool(Provider(Key)?)?$",
  poolPolicyMethod: "google.iam.v1.WorkloadIdentityPools.SetIamPolicy",
  accountPolicyMethod: "google.iam.admin.v1.SetIAMPolicy",
  workforceMethods:
    "^google\\.iam\\.admin\\.v1\\.WorkforcePools\\.(Create|Update|Delete|Undelete)WorkforcePool(Provider(Key)?)?$",
} as const;

export const serviceAccountKeyMethods = [
  "google.iam.admin.v1.CreateServiceAccountKey",
  "google.iam.admin.v1.UploadServiceAccountKey",
] as const;

/** Of workforce pools; they are in the organization's log, never in a project's. */
export const workforceSignIns = {
  service: "sts.googleapis.com",
  methods: [
    "google.identity.sts.SecurityTokenService.WebSignIn",
    "google.identity.sts.SecurityTokenService.WebSignOut",
    "google.identity.sts.v1.SecurityTokenService.ExchangeToken",
  ],
} as const;
