import type { Cause } from "./cause";

/**
 * Why an identity that was admitted becomes no account, or may not do something.
 * Sources: cloud.google.com/iam/docs/troubleshooting-workload-identity-federation, .../workload-identity-federation,
 * .../workforce-identity-federation, cloud.google.com/iap/docs/use-workforce-identity-federation.
 */
export const accessCauses = {
  "not-bound": {
    cause:
      "no binding on the service account names the identity: another subject, an attribute with another value, a principal with the project's id, or another pool",
    remedy: "bind the principal with roles/iam.workloadIdentityUser on the account, not on the project",
    command: "keyless can --token FILE --environment ENVIRONMENT --account ACCOUNT",
  },
  propagation: {
    cause:
      "the binding is new: changes of rights count after about 2 minutes, at times after 7 or more; changes of groups after minutes to hours",
    remedy: "wait and try again",
  },
  "project-id-in-principal": {
    cause: "a binding names its principal with the project's id: it was taken and never matches",
    remedy: "write the project's number",
  },
  "account-absent": {
    cause: "the service account does not exist or is disabled; Google answers as if a right were missing",
    remedy: "check its e-mail; enable it, if nobody disabled it on purpose",
    command: "gcloud iam service-accounts describe ACCOUNT",
  },
  "api-disabled": {
    cause: "an interface is not enabled in the project: iamcredentials, sts and iam are needed",
    remedy: "enable it",
    command:
      "gcloud services enable iamcredentials.googleapis.com sts.googleapis.com iam.googleapis.com --project=PROJECT",
  },
  "condition-of-binding": {
    cause:
      "the IAM condition of the binding is not true: a time window that is over, or attributes that this kind of resource does not have",
    remedy: "look at the condition; assertion.* and attribute.* never work in one",
  },
  "deny-policy": {
    cause: "a deny policy takes the right away, whatever bindings grant",
    remedy: "look at the deny policies of the project, its folders and the organization",
    command:
      "gcloud iam policies list --kind=denypolicies --attachment-point=cloudresourcemanager.googleapis.com/projects/PROJECT",
  },
  "lifetime-too-long": {
    cause:
      "more than an hour was asked for, and the account is not in constraints/iam.allowServiceAccountCredentialLifetimeExtension",
    remedy: "ask for at most 3600 seconds",
  },
  "lifetime-not-positive": {
    cause: "the lifetime is zero or negative",
    remedy: "ask for a lifetime such as 900s, or leave it out",
  },
  "unsupported-service": {
    cause:
      "the service takes no federated identity directly (Cloud Run, App Engine, Endpoints and others): it answers 401 as if the token were bad",
    remedy: "become a service account first, and for Cloud Run ask for an ID token with the service's URL as audience",
  },
  "access-token-ended": {
    cause: "the access token has ended, or its pool or account was disabled",
    remedy: "exchange anew",
  },
  scope: {
    cause: "the access token was asked for with a scope that does not include this",
    remedy: "ask for https://www.googleapis.com/auth/cloud-platform in the exchange, and narrow at generateAccessToken",
  },
} as const satisfies Readonly<Record<string, Cause>>;
