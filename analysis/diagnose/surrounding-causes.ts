import type { Cause } from "./cause";

/**
 * What is wrong around it: declarations, sign-in, certificates, configuration files, the way to the cloud.
 * Sources: cloud.google.com/iam/docs/troubleshooting-workload-identity-federation, .../workload-identity-federation,
 * .../workforce-identity-federation, cloud.google.com/iap/docs/use-workforce-identity-federation.
 */
export const surroundingCauses = {
  "missing-web-sign-in": {
    cause: "the workforce provider has no web_sso_config, so that nobody can sign in with a browser",
    remedy: "set oidc.web_sso_config with response_type CODE and assertion_claims_behavior ONLY_ID_TOKEN_CLAIMS",
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
  "no-credentials": {
    cause:
      "the program found no credentials: GOOGLE_APPLICATION_CREDENTIALS names no file that it can read, and nobody has signed in",
    remedy: "let the variable name the credential configuration, by its full path and readable for the program's user",
    command: "keyless doctor ENVIRONMENT --credential-configuration FILE",
  },
  "sign-in-ended": {
    cause: "the sign-in of the person has ended: their organization asks for a new one after some hours",
    remedy: "sign in again; what runs unattended needs a workload's identity and not a person's",
    command: "gcloud auth application-default login",
  },
  "job-without-token": {
    cause:
      "the job may not ask GitHub for an ID token: permissions: id-token: write is missing, or it is a fork's pull request",
    remedy: "give the job permissions: id-token: write and contents: read; for forks there is no token",
  },
  "source-fails": {
    cause: "the credential configuration's source gives no token: a file that is not there, or an address that refuses",
    remedy:
      "ask the source by hand, from the same machine and as the same user; for Azure, the managed identity has to be on",
    command: "keyless doctor ENVIRONMENT --credential-configuration FILE",
  },
  "key-in-use": {
    cause:
      "the program signs with a key of a service account: no federation is at work, and its clock is wrong or the key is gone",
    remedy: "put a credential configuration in the key's place, and delete the key",
  },
  "cluster-pool-absent": {
    cause: "the project has no cluster with Workload Identity Federation, which makes the pool PROJECT.svc.id.goog",
    remedy: "bind the member after the first such cluster is made",
  },
  "error-unknown": {
    cause: "none of the errors that are described here has these words",
    remedy:
      "give the whole text, from its first line; with --token or --credential-configuration more can be looked at",
    command: "keyless doctor ENVIRONMENT --token FILE --error -",
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
