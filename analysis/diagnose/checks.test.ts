import * as fixture from "../access/fixture";
import { buildAccessModel } from "../access/model";
import { readClaims, readToken } from "../explain";
import type { CauseId } from "./causes";
import { checkCredential } from "./credential-checks";
import { checkConfiguration, readCredentialConfiguration } from "./credential-configuration";
import { checkModel } from "./model-checks";

const { deployer, githubAudience, githubClaims, githubPool, now } = fixture;
const provider = "google_iam_workload_identity_pool_provider.github";
const binding = "google_service_account_iam_member.become";
const claims = { ...githubClaims, aud: `https:${githubAudience}` };

describe("checkCredential", () => {
  const causesOf = (change: object, changes: fixture.Changes = {}, options = {}) =>
    checkCredential(fixture.companyModel(changes), readClaims(JSON.stringify({ ...claims, ...change }), now), {
      now,
      ...options,
    }).map(({ id }) => id);
  const mappedById: fixture.Changes = { [provider]: { attribute_mapping: { "google.subject": "assertion.sub" } } };
  const disabled = { disabled: true };

  it("finds nothing where the token becomes an account", () => {
    expect(causesOf({})).toEqual([]);
    expect(causesOf({}, {}, { account: deployer })).toEqual([]);
  });

  it.each<[CauseId, object, fixture.Changes?]>([
    ["condition-rejected", { ref: "refs/pull/1/merge" }],
    ["audience-mismatch", { aud: "https://github.com/ailab" }],
    ["issuer-mismatch", { iss: "https://elsewhere.example" }],
    ["issuer-version", { iss: "https://sts.windows.net/tenant/" }],
    ["token-expired", { iat: 1, exp: 2 }],
    ["clock-skew", { iat: now.getTime() / 1000 + 600, exp: now.getTime() / 1000 + 900 }],
    ["subject-too-long", { sub: "s".repeat(128) }],
    ["claim-missing", { sub: "" }],
    ["attribute-type", { sub: 7 }],
    ["pool-disabled", {}, { "google_iam_workload_identity_pool.github": disabled }],
    ["provider-disabled", {}, { [provider]: disabled }],
    ["not-bound", {}, { [binding]: undefined }],
    ["mapped-too-large", { sub: "s", ref: "x".repeat(9000) }, { [provider]: { attribute_condition: undefined } }],
  ])("finds %s", (cause, change, changes = {}) => {
    expect(causesOf(change, changes)).toContain(cause);
  });

  it("finds a number where the condition compares texts", () => {
    expect(causesOf({ repository_id: 712345678 }, mappedById)).toEqual(["condition-rejected", "condition-type"]);
  });

  it("finds groups that were too many for the token", () => {
    const person = {
      ...fixture.personClaims,
      iss: "https://login.microsoftonline.com/tenant/v2.0",
      aud: "client",
      groups: undefined,
      _claim_names: { groups: "src1" },
    };
    expect(
      checkCredential(fixture.companyModel(), readClaims(JSON.stringify(person), now), { now }).map(({ id }) => id),
    ).toContain("group-overage");
    const many = { ...person, _claim_names: undefined, groups: Array.from({ length: 401 }, (_, index) => `g${index}`) };
    expect(
      checkCredential(fixture.companyModel(), readClaims(JSON.stringify(many), now), { now }).map(({ id }) => id),
    ).toContain("too-many-groups");
  });

  it("finds that the token has no groups where the provider reads them", () => {
    const person = {
      ...fixture.personClaims,
      iss: "https://login.microsoftonline.com/tenant/v2.0",
      aud: "client",
      groups: undefined,
    };
    const ids = checkCredential(fixture.companyModel(), readClaims(JSON.stringify(person), now), { now }).map(
      ({ id }) => id,
    );
    expect(ids).toEqual(["claim-missing", "no-groups"]);
  });

  it("takes a wrong audience of Entra for a question of versions, too", () => {
    const person = {
      ...fixture.personClaims,
      iss: "https://login.microsoftonline.com/tenant/v2.0",
      aud: "api://client",
    };
    expect(
      checkCredential(fixture.companyModel(), readClaims(JSON.stringify(person), now), { now }).map(({ id }) => id),
    ).toEqual(["audience-mismatch", "audience-version"]);
  });

  it.each<[CauseId, fixture.Changes]>([
    ["account-absent", { "google_service_account.deployer": { disabled: true } }],
    ["condition-of-binding", { [binding]: { condition: [{ title: "t", expression: "false" }] } }],
    [
      "deny-policy",
      {
        "google_iam_deny_policy.d": {
          parent: "cloudresourcemanager.googleapis.com/projects/ailab-dev",
          rules: [
            {
              deny_rule: [
                { denied_principals: ["principalSet://goog/public:all"], denied_permissions: ["iam.googleapis.com/*"] },
              ],
            },
          ],
        },
      },
    ],
    ["not-bound", { [binding]: undefined }],
  ])("says why the account is not become: %s", (cause, changes) => {
    expect(causesOf({}, changes, { account: deployer })).toEqual([cause]);
  });

  it("finds that a file holds no token, and an AWS role of another account", () => {
    expect(checkCredential(fixture.companyModel(), readToken("ghs_x", now), { now })).toMatchObject([
      { id: "unparsable-token" },
    ]);
    const aws = readClaims('{"arn":"arn:aws:sts::1:x","account":"999999999999","userid":"u"}', now);
    expect(checkCredential(fixture.companyModel(), aws, { now })).toMatchObject([{ id: "aws-account" }]);
  });

  it("holds no value of the token", () => {
    const findings = checkCredential(
      fixture.companyModel(),
      readClaims(JSON.stringify({ ...claims, ref: "refs/heads/s3cret" }), now),
      { now },
    );
    expect(JSON.stringify(findings)).not.toContain("s3cret");
  });
});

describe("checkModel", () => {
  const idsOf = (changes: fixture.Changes) => {
    const resources = fixture.companyResources(changes);
    return checkModel({ model: buildAccessModel(resources), resources }).map(({ id }) => id);
  };

  it("finds nothing in a sound configuration", () => {
    expect(idsOf({})).toEqual([]);
  });

  it.each<[CauseId, fixture.Changes]>([
    ["pool-deleted", { "google_iam_workload_identity_pool.github": { state: "DELETED" } }],
    ["pool-disabled", { "google_iam_workload_identity_pool.github": { disabled: true } }],
    ["provider-disabled", { [provider]: { disabled: true } }],
    [
      "google-email-missing",
      {
        "google_iam_workforce_pool_provider.people": {
          attribute_mapping: { "google.subject": "assertion.oid", "google.groups": "assertion.groups" },
        },
      },
    ],
    [
      "several-providers",
      {
        "google_iam_workforce_pool_provider.second": {
          name: `${fixture.workforcePool}/providers/second`,
          oidc: [{ issuer_uri: "https://x.example", client_id: "c" }],
          attribute_mapping: { "google.subject": "assertion.oid", "google.email": "assertion.email" },
        },
      },
    ],
    ["condition-invalid", { [provider]: { attribute_condition: "assertion.sub.upperAscii() == 'A'" } }],
    ["condition-demanded", { [provider]: { attribute_condition: undefined } }],
    ["condition-demanded", { [provider]: { attribute_condition: "true" } }],
    [
      "project-id-in-principal",
      { [binding]: { member: `principalSet://iam.googleapis.com/${githubPool.replace("710", "ailab-dev")}/*` } },
    ],
    ["mapped-never", { [binding]: { member: `principalSet://iam.googleapis.com/${githubPool}/attribute.actor/7` } }],
    ["mapped-never", { [binding]: { member: `principalSet://iam.googleapis.com/${githubPool}/group/g` } }],
    ["mapped-never", { [binding]: { member: `principalSet://iam.googleapis.com/${githubPool}-2/*` } }],
    [
      "unsupported-service",
      {
        "google_cloud_run_v2_service_iam_member.r": {
          project: "ailab-dev",
          location: "europe-west4",
          name: "s",
          role: "roles/run.invoker",
          member: `principalSet://iam.googleapis.com/${githubPool}/*`,
        },
      },
    ],
    [
      "iap-agent-missing",
      {
        "google_iap_web_backend_service_iam_member.b": {
          project: "ailab-dev",
          web_backend_service: "web",
          role: "roles/iap.httpsResourceAccessor",
          member: `principalSet://iam.googleapis.com/${fixture.workforcePool}/group/g`,
        },
      },
    ],
    [
      "overwritten",
      {
        "google_service_account_iam_binding.b": {
          service_account_id: deployer,
          role: "roles/iam.workloadIdentityUser",
          members: ["user:a@b.c"],
        },
      },
    ],
    ["unreadable", { [binding]: { role: 7 } }],
    [
      "issuer-not-allowed",
      {
        "google_project.p": { project_id: "ailab-dev", number: "710", org_id: "9" },
        "google_org_policy_policy.o": {
          name: "organizations/9/policies/iam.workloadIdentityPoolProviders",
          parent: "organizations/9",
          spec: [{ rules: [{ values: [{ allowed_values: ["https://gitlab.com"] }] }] }],
        },
      },
    ],
    [
      "issuer-not-allowed",
      {
        "google_org_policy_policy.o": {
          name: "organizations/9/policies/iam.workloadIdentityPoolAwsAccounts",
          parent: "organizations/9",
          spec: [{ rules: [{ deny_all: "TRUE" }] }],
        },
      },
    ],
  ])("finds %s", (cause, changes) => {
    expect(idsOf(changes)).toContain(cause);
  });

  it("leaves an agent that may invoke, and an issuer that is listed, alone", () => {
    expect(
      idsOf({
        "google_iap_web_backend_service_iam_member.b": {
          project: "ailab-dev",
          web_backend_service: "web",
          role: "roles/iap.httpsResourceAccessor",
          member: "user:a@b.c",
        },
        "google_cloud_run_v2_service_iam_member.r": {
          project: "ailab-dev",
          location: "l",
          name: "s",
          role: "roles/run.invoker",
          member: "serviceAccount:service-710@gcp-sa-iap.iam.gserviceaccount.com",
        },
      }),
    ).toEqual([]);
  });
});

describe("checkConfiguration", () => {
  const good = {
    type: "external_account",
    audience: githubAudience,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${deployer}:generateAccessToken`,
    credential_source: { file: "/var/run/token" },
  };
  const idsOf = (change: object, changes: fixture.Changes = {}) => {
    const read = readCredentialConfiguration(JSON.stringify({ ...good, ...change }));
    return (read.ok ? checkConfiguration(read.configuration, fixture.companyModel(changes)) : read.findings).map(
      ({ id }) => id,
    );
  };
  const impersonating = (email: string) => ({
    service_account_impersonation_url: good.service_account_impersonation_url.replace(deployer, email),
  });

  it("finds nothing in a good one, of a region and by certificate, too", () => {
    expect(idsOf({})).toEqual([]);
    expect(idsOf({ token_url: "https://sts.europe-west4.rep.googleapis.com/v1/token" })).toEqual([]);
    expect(idsOf({ token_url: "https://sts.mtls.googleapis.com/v1/token" })).toEqual([]);
  });

  it.each<[CauseId, object, fixture.Changes?]>([
    ["configuration-kind", { type: "service_account", private_key: "s3cret" }],
    ["configuration-kind", { type: "authorized_user" }],
    ["configuration-kind", { credential_source: undefined }],
    ["invalid-audience", { audience: `https:${githubAudience}` }],
    ["invalid-audience", { audience: githubAudience.replace(/\/providers.*/, "") }],
    ["invalid-audience", { audience: "github" }],
    ["project-id-in-audience", { audience: githubAudience.replace("710", "ailab-dev") }],
    ["provider-absent", { audience: `${githubAudience}-2` }],
    ["provider-disabled", {}, { [provider]: { disabled: true } }],
    ["pool-disabled", {}, { "google_iam_workload_identity_pool.github": { disabled: true } }],
    ["user-project-missing", { audience: fixture.workforceAudience, service_account_impersonation_url: undefined }],
    ["configuration-token-type", { subject_token_type: "urn:ietf:params:aws:token-type:aws4_request" }],
    ["configuration-token-type", { audience: fixture.awsAudience }],
    ["configuration-address", { token_url: "https://sts.googleapis.com.evil.example/v1/token" }],
    ["configuration-address", { token_url: "https://sts.googleapis.com@evil.example/v1/token" }],
    ["configuration-address", { token_url: "http://sts.googleapis.com/v1/token" }],
    ["configuration-address", { token_url: "https://stsxgoogleapis.com/v1/token" }],
    ["configuration-address", { token_url: "https://sts.a.b.rep.googleapis.com/v1/token" }],
    ["configuration-address", { universe_domain: "evil.example", token_url: "https://sts.evil.example/v1/token" }],
    ["configuration-address", { service_account_impersonation_url: "https://evil.example/v1/x" }],
    ["configuration-source", { credential_source: {} }],
    ["configuration-source", { credential_source: { file: "a", url: "https://b" } }],
    ["executable-not-allowed", { credential_source: { executable: { command: "x" } } }],
    ["account-absent", impersonating("nobody@ailab-dev.iam.gserviceaccount.com")],
    ["account-absent", { service_account_impersonation_url: "https://iamcredentials.googleapis.com/v1/other" }],
    ["lifetime-too-long", { service_account_impersonation: { token_lifetime_seconds: 7200 } }],
    ["not-bound", {}, { [binding]: undefined }],
  ])("finds %s: %j", (cause, change, changes = {}) => {
    expect(idsOf(change, changes)).toContain(cause);
  });

  it("never repeats what the file holds", () => {
    const read = readCredentialConfiguration('{"type":"service_account","private_key":"s3cret"}');
    expect(JSON.stringify(read)).not.toContain("s3cret");
    expect(JSON.stringify(readCredentialConfiguration("s3cret {"))).not.toContain("s3cret");
  });
});
