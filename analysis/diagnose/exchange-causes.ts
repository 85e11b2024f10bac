import type { Cause } from "./cause";

const gcloudProvider =
  "gcloud iam workload-identity-pools providers describe PROVIDER --workload-identity-pool=POOL --location=global --project=PROJECT";

/**
 * Why the Security Token Service refuses a token, or the provider that is asked.
 * Sources: cloud.google.com/iam/docs/troubleshooting-workload-identity-federation, .../workload-identity-federation,
 * .../workforce-identity-federation, cloud.google.com/iap/docs/use-workforce-identity-federation.
 */
export const exchangeCauses = {
  "issuer-version": {
    cause:
      "the token is of the other version of Entra's tokens: its issuer is sts.windows.net (1.0) or login.microsoftonline.com (2.0)",
    remedy:
      "set requestedAccessTokenVersion of the resource's application (not of the client) to what the provider's issuer says, or the other way round",
  },
  "issuer-mismatch": {
    cause: "the token's iss is not the provider's issuer_uri: another tenant, another server, or another letter of it",
    remedy: "compare both, letter by letter; a slash at the end does not matter",
    command: "keyless can --token FILE --environment ENVIRONMENT",
  },
  "audience-mismatch": {
    cause:
      "the token's aud is not one that the provider takes: with allowed_audiences only those count, without only the provider's own URL",
    remedy: "ask the issuer for a token with one of the provider's audiences",
    command: gcloudProvider,
  },
  "audience-version": {
    cause:
      "version 2.0 tokens of Entra carry the application's client id as aud, version 1.0 tokens what was asked for",
    remedy: "allow the client id (GUID) of the resource's application for version 2.0, its App ID URI for version 1.0",
  },
  "token-expired": {
    cause: "the token has ended, or has no iat or exp",
    remedy: "get a new one for each exchange; do not cache it longer than it lives",
  },
  "clock-skew": {
    cause: "a clock is wrong: this machine's, or that of the issuer; Google tolerates about a minute",
    remedy: "set the clock (NTP) of the machine that signs the token",
    command: "date -u; curl -sI https://sts.googleapis.com | grep -i ^date",
  },
  signature: {
    cause:
      "the token was not signed with a key that the issuer publishes under its kid: a key that was rotated away, another issuer's, or a token that was changed on its way",
    remedy: "get a fresh token; where the provider has uploaded keys (jwks_json), upload the issuer's new ones",
    command: "curl -s ISSUER/.well-known/openid-configuration",
  },
  algorithm: {
    cause: "Google takes tokens signed with RS256 or ES256 and a kid in their header, and no others",
    remedy: "let the issuer sign with one of the two",
  },
  "issuer-unreachable": {
    cause:
      "Google does not reach the issuer's discovery document or keys over the internet, or they hold no key of the token's kid",
    remedy: "make ISSUER/.well-known/openid-configuration public, or upload the keys to the provider (jwks_json)",
    command: "curl -fsS ISSUER/.well-known/openid-configuration",
  },
  "unparsable-token": {
    cause:
      "what was sent is no signed JWT: an access token of another kind, an encrypted token, a file with more in it, or a wrong format in credential_source",
    remedy:
      "send the compact JWT alone; for a JSON answer set credential_source.format to json with subject_token_field_name",
  },
  "aws-request": {
    cause:
      "AWS did not recognize the signed GetCallerIdentity request: expired keys, a wrong session token, another region's address, or a header that was not signed (x-goog-cloud-target-resource has to be)",
    remedy:
      "renew the role's credentials and sign the request anew, with the provider's full name in x-goog-cloud-target-resource",
    command: "aws sts get-caller-identity",
  },
  "aws-account": {
    cause: "the role is of another AWS account than the provider's",
    remedy: "use a role of that account, or correct the provider's account_id",
  },
  "provider-absent": {
    cause:
      "there is no provider of that name: a wrong project number, pool id or provider id in the audience, or it was never applied",
    remedy: "take the audience from the stack's output, or from the provider's name",
    command: gcloudProvider,
  },
  "project-id-in-audience": {
    cause: "the audience names the project by its id; it has to be the number",
    remedy: "write projects/NUMBER",
    command: "gcloud projects describe PROJECT --format='value(projectNumber)'",
  },
  "pool-deleted": {
    cause: "the pool or provider is soft-deleted: it is gone and its id stays taken for 30 days",
    remedy: "undelete it and import it into Terraform's state, or make one with the next generation suffix",
    command: "gcloud iam workload-identity-pools undelete POOL --location=global --project=PROJECT",
  },
  "pool-disabled": {
    cause: "the pool is disabled: no exchanges, and tokens that were given out have stopped",
    remedy: "enable it, if nobody disabled it on purpose",
    command: "gcloud iam workload-identity-pools update POOL --no-disabled --location=global --project=PROJECT",
  },
  "provider-disabled": {
    cause: "the provider is disabled: no new exchanges, while tokens that were given out live on",
    remedy: "enable it, if nobody disabled it on purpose",
    command:
      "gcloud iam workload-identity-pools providers update-oidc PROVIDER --no-disabled --workload-identity-pool=POOL --location=global --project=PROJECT",
  },
  "condition-rejected": {
    cause:
      "the provider's attribute condition is not true of the token; a claim that it reads and the token lacks makes it not true",
    remedy: "look which part refuses; then get the right token, or change the condition in review",
    command: "keyless can --token FILE --environment ENVIRONMENT",
  },
  "condition-type": {
    cause: "the condition compares a text with a number or truth value: ids of GitHub are texts in its tokens",
    remedy: "quote the value in the condition",
  },
  "group-overage": {
    cause:
      "the person is in more groups than Entra writes into a token (200; 150 in SAML): it writes none and refers to Graph, so that groups vanish",
    remedy:
      "assign groups to the application and emit only these (groupMembershipClaims ApplicationGroup), or fetch them with extra_attributes_oauth2_client",
  },
  "no-groups": {
    cause: "the token has no groups claim",
    remedy: "set groupMembershipClaims of the application and add the optional claim groups to its ID token",
  },
  "invalid-audience": {
    cause:
      "the exchange's audience is not a provider's full name: it begins with https:, ends at the pool, or names the project by its id",
    remedy: "write //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
  },
  "subject-too-long": {
    cause: "google.subject comes out longer than 127 bytes",
    remedy: "map it from something shorter that does not change hands, such as an id; extract() cuts a part out",
  },
  "attribute-type": {
    cause: "a mapped attribute is not a text: numbers, lists and truth values are not converted by themselves",
    remedy: "convert it in the mapping, such as string(int(assertion.x)); only google.groups may be a list",
  },
  "claim-missing": {
    cause: "the mapping reads a claim that the token lacks, or comes out empty",
    remedy: "let the issuer write the claim (optional claims), or map from one that is always there",
  },
  "too-many-groups": {
    cause: "google.groups has more than 400 entries",
    remedy: "emit fewer groups: those assigned to the application",
  },
  "mapped-too-large": {
    cause: "the mapped attributes are together larger than Google takes (8 KB, 16 KB in workforce pools)",
    remedy: "map fewer or shorter attributes",
  },
  "missing-parameter": {
    cause: "the exchange lacks a field",
    remedy: "send grant_type, audience, scope, requested_token_type, subject_token and subject_token_type",
  },
  "grant-type": {
    cause: "the request is for another flow than token exchange",
    remedy: "send grant_type urn:ietf:params:oauth:grant-type:token-exchange to /v1/token",
  },
  throttled: {
    cause: "more exchanges than the project's quota (6,000 a minute)",
    remedy: "keep tokens for their lifetime: the broker asks once for all its clients; then ask for more quota",
    command: "gcloud quotas info list --service=sts.googleapis.com --project=PROJECT",
  },
} as const satisfies Readonly<Record<string, Cause>>;
