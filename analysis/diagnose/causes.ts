/** Why exchanges, impersonations and sign-ins fail, and what to do: one entry for each cause, named for programs. */
export interface Cause {
  readonly cause: string;
  readonly remedy: string;
  readonly command?: string;
}

const gcloudProvider =
  "gcloud iam workload-identity-pools providers describe PROVIDER --workload-identity-pool=POOL --location=global --project=PROJECT";

/**
 * Sources: cloud.google.com/iam/docs/troubleshooting-workload-identity-federation, .../workload-identity-federation,
 * .../workforce-identity-federation, cloud.google.com/iap/docs/use-workforce-identity-federation.
 */
export const causes = {
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
  "missing-web-sign-in": {
    cause: "the workforce provider has no web_sso_config, so that nobody can sign in with a browser",
    remedy: "set oidc.web_sso_config with response_type CODE and assertion_claims_behavior ONLY_ID_TOKEN_CLAIMS",
  },
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
  "id-taken": {
    cause:
      "something of this id exists: mostly a soft-deleted pool, provider or OAuth client, which Terraform takes for absent",
    remedy: "undelete and import it, or use the next generation suffix",
    command: "gcloud iam workload-identity-pools list --show-deleted --location=global --project=PROJECT",
  },
  "condition-demanded": {
    cause:
      "the issuer signs for everybody (GitHub, GitLab.com, HCP Terraform), and the provider has no condition on a claim",
    remedy: "pin an id that cannot change hands, such as repository_owner_id",
  },
  "uploaded-keys": {
    cause:
      "the uploaded keys are not a JWK set that Google takes: members other than kty, alg, use, kid, n, e, x, y, crv, or more than 8 keys",
    remedy: "strip x5c, x5t and the like; never upload private members",
  },
  "iap-agent-missing": {
    cause: "IAP's service agent does not exist in the project, or may not invoke the Cloud Run service",
    remedy: "make the agent, and give it roles/run.invoker on the service",
    command: "gcloud beta services identity create --service=iap.googleapis.com --project=PROJECT",
  },
  "google-email-missing": {
    cause: "the workforce provider maps no google.email, so that IAP's assertion has none",
    remedy: "map google.email from assertion.email; decide by the principal all the same",
  },
  "several-providers": {
    cause:
      "the pool has several providers: IAP cannot choose one of a workforce pool, and in any pool two may make the same subject",
    remedy: "keep one provider in a pool",
  },
  "iap-google-identities": {
    cause:
      "IAP sends people to Google accounts: its settings name no workforce pool, as after google_iap_settings was destroyed",
    remedy: "apply google_iap_settings with identity_sources WORKFORCE_IDENTITY_FEDERATION",
    command: "keyless drift ENVIRONMENT",
  },
  "iap-not-in-front": {
    cause:
      "the address answers without a sign-in: IAP is not enabled on its backend, or the address goes past the load balancer",
    remedy: "enable IAP on the backend service, and let Cloud Run take INTERNAL_LOAD_BALANCER traffic only",
  },
  "iap-no-access": {
    cause: "the person is signed in and has no roles/iap.httpsResourceAccessor on this backend",
    remedy: "bind the person's group of the workforce pool on the backend service",
  },
  "redirect-uri": {
    cause: "the application at the identity provider, or IAP's OAuth client, does not list this redirect URI",
    remedy: "list it, letter by letter; that of the OAuth client contains its own generated id",
    command: "keyless deploy ENVIRONMENT --approve",
  },
  "client-chain": {
    cause:
      "the client's certificate does not come from an authority that the server trusts, or its intermediate was not sent: another generation of an authority has its name and another key",
    remedy: "send the leaf with its intermediates; let the server trust the authority of that generation",
    command: "openssl verify -CAfile authorities.pem -untrusted chain.pem leaf.pem",
  },
  "client-certificate-absent": {
    cause: "the server asks for a client certificate, and none was shown",
    remedy: "give --cert and --key",
    command: "curl --cert client.pem --key client-key.pem URL",
  },
  "client-certificate-unfit": {
    cause: "the client's certificate has ended, is not valid yet, or is not for client authentication",
    remedy: "renew it",
    command: "openssl x509 -in client.pem -noout -dates -ext extendedKeyUsage",
  },
  "server-chain": {
    cause:
      "this machine does not trust the server's certificate: its authority or an intermediate is missing, or somebody on the way opens TLS",
    remedy: "give the authority (--ca, or NODE_EXTRA_CA_CERTS for programs)",
    command: "openssl s_client -connect HOST:443 -servername HOST -showcerts </dev/null",
  },
  unreachable: {
    cause: "nothing answers at the address: a wrong name or port, a firewall, or the service is down",
    remedy: "check name and port; then the service's own log",
  },
  "client-refused": {
    cause: "the broker knows the client and does not grant what it asks for, or does not know it",
    remedy: "the answer and the broker's audit line say which rule; look at it offline",
    command: "keyless broker check --config broker.json --client client.pem",
  },
  "executable-not-allowed": {
    cause: "the credential is made by a program, and programs are not allowed to run",
    remedy: "set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 for this process, if you trust the configuration file",
  },
  "condition-invalid": {
    cause: "Google would not accept the provider's condition: it uses a name or a function that is not offered",
    remedy: "write it with the functions of docs/analysis.md; the constructs quote and check it at synthesis",
  },
  "issuer-not-allowed": {
    cause:
      "the organization policy constraints/iam.workloadIdentityPoolProviders does not list the issuer, so that the provider cannot be made or changed",
    remedy: "have the issuer listed, or use another",
  },
  overwritten: {
    cause:
      "several statements of Terraform own the same policy or role, and each apply takes away what another granted",
    remedy: "use _iam_member throughout, or one _iam_binding or _iam_policy alone",
  },
  unreadable: {
    cause: "a part of the configuration cannot be read here, and is taken to grant nothing",
    remedy: "look at it, or give a state (--state), in which all values are known",
  },
  "configuration-kind": {
    cause: "the file is no credential configuration of an external account (type external_account)",
    remedy: "make one; a service-account key is what this does without",
    command: "gcloud iam workload-identity-pools create-cred-config PROVIDER_NAME --output-file=credentials.json …",
  },
  "configuration-address": {
    cause:
      "the configuration sends the token to an address that is not Google's: whoever wrote it would receive the token",
    remedy: "do not use it, and make your own",
  },
  "configuration-token-type": {
    cause: "subject_token_type is not what the provider takes",
    remedy: "jwt for OpenID Connect, aws4_request for AWS, mtls for certificates, saml2 for SAML",
  },
  "configuration-source": {
    cause: "credential_source names no token that can be got: a file that is not there, or several sources",
    remedy: "name one source: file, url, executable, environment_id for AWS, or certificate",
  },
  "user-project-missing": {
    cause:
      "workforce_pool_user_project is missing: a workforce pool belongs to no project that requests could be counted against",
    remedy: "name a project on which the person has serviceusage.services.use",
  },
  drift: {
    cause:
      "the cloud has something else than what is declared: somebody changed it past Terraform, or the change is not applied yet",
    remedy: "look what differs; then apply, or take the change over",
    command: "keyless drift ENVIRONMENT",
  },
  "not-applied": {
    cause: "the binding is declared and not in the cloud: it is not applied yet, or somebody took it away",
    remedy: "apply it, if it was not the kill switch",
    command: "keyless plan ENVIRONMENT",
  },
  "not-looked": {
    cause: "the account that looks may not see this in the cloud",
    remedy: "sign in as somebody with roles/iam.workloadIdentityPoolViewer and roles/iam.securityReviewer",
    command: "gcloud auth application-default login",
  },
  "mapped-never": {
    cause: "a binding names an attribute, group or pool that no provider makes: it can never match",
    remedy: "map the attribute, or bind what is mapped",
  },
} as const satisfies Readonly<Record<string, Cause>>;

export type CauseId = keyof typeof causes;
