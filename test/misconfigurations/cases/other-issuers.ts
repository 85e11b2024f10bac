import { account, type Federation } from "../federation";
import type { Misconfiguration } from "../misconfiguration";

const one = (
  issuer: string,
  condition: string | undefined,
  member = "*",
  mapping: Readonly<Record<string, string>> = {},
) =>
  ({
    providers: { main: { issuer, mapping, ...(condition === undefined ? {} : { condition }) } },
    members: [member],
  }) satisfies Federation;

const gitlab = "https://gitlab.com";
const gitlabSafe = one(
  gitlab,
  "assertion.namespace_id == '4711' && assertion.project_id == '815' && assertion.ref_protected == 'true' && assertion.pipeline_source == 'push'",
);
const terraform = "https://app.terraform.io";
const terraformSafe = one(
  terraform,
  "assertion.terraform_organization_id == 'org-a1' && assertion.terraform_workspace_id == 'ws-b2'",
);
const google = "https://accounts.google.com";
const googleSafe = one(google, "assertion.sub == '104857600123456789012'");
const entra = "https://login.microsoftonline.com/2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11/v2.0";
const entraSafe = one(
  entra,
  "assertion.azp == '0b1c2d3e-0000-4000-8000-000000000001' && assertion.oid == '0b1c2d3e-0000-4000-8000-000000000002'",
);
const aws = "210987654321";
const deployerRole = `arn:aws:sts::${aws}:assumed-role/deployer/`;
const deployerSessions = {
  kind: "onlyWhen",
  account,
  tokens: [{ issuer: "aws", condition: `assertion.arn.startsWith('${deployerRole}')` }],
} as const;
const awsSafe = one(aws, `assertion.arn.startsWith('${deployerRole}')`);
const cluster = "https://container.googleapis.com/v1/projects/ailab/locations/europe-west4/clusters/main";
const clusterSafe = one(cluster, "assertion.sub.startsWith('system:serviceaccount:deploy:')");

const subjugation =
  "https://astrix.security/learn/blog/subjugation-hijacking-cloud-identities-by-recycling-namespaces-in-global-oidc-issuers/";
const sharedIssuer = "https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines";
const bestPractices = "https://cloud.google.com/iam/docs/best-practices-for-using-workload-identity-federation";
const awsGuide = "https://cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds";
const entraClaims = "https://learn.microsoft.com/en-us/entra/identity-platform/claims-validation";

export const otherIssuers: readonly Misconfiguration[] = [
  {
    title: "GitLab: the namespace by its path, which is free again when it is given up",
    source: subjugation,
    violates: "reused-names",
    mistake: one(gitlab, "assertion.namespace_path == 'ailab' && assertion.ref_protected == 'true'"),
    remedy: gitlabSafe,
  },
  {
    title: "GitLab: the beginning of the project's path, without the slash",
    source: sharedIssuer,
    violates: "foreign-tenants",
    mistake: one(gitlab, "assertion.project_path.startsWith('ailab')"),
    remedy: gitlabSafe,
  },
  {
    title: "GitLab: the project, without asking what started the pipeline",
    source: "https://docs.gitlab.com/ci/secrets/id_token_authentication/",
    violates: "outsider-workflows",
    mistake: one(gitlab, "assertion.project_id == '815'"),
    remedy: gitlabSafe,
  },
  {
    title: "HCP Terraform: the organization by name",
    source: subjugation,
    violates: "reused-names",
    mistake: one(terraform, "assertion.terraform_organization_name == 'ailab'"),
    remedy: terraformSafe,
  },
  {
    title: "HCP Terraform: the beginning of the subject, without the colon",
    source: sharedIssuer,
    violates: "foreign-tenants",
    mistake: one(terraform, "assertion.sub.startsWith('organization:ailab')"),
    remedy: terraformSafe,
  },
  {
    title: "AWS: every role, user and session of the account",
    source: awsGuide,
    violates: "selective-providers",
    mistake: one(aws, undefined),
    remedy: awsSafe,
  },
  {
    title: "AWS: the beginning of a role's name",
    source: awsGuide,
    violates: deployerSessions,
    mistake: one(aws, `assertion.arn.startsWith('arn:aws:sts::${aws}:assumed-role/deployer')`),
    remedy: awsSafe,
  },
  {
    title: "AWS: the end of the ARN, which is the session's name and chosen by whoever assumes a role",
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
    violates: deployerSessions,
    mistake: one(aws, "assertion.arn.endsWith('/deployer')"),
    remedy: awsSafe,
  },
  {
    title: "AWS: a word anywhere in the ARN",
    source: awsGuide,
    violates: deployerSessions,
    mistake: one(aws, "assertion.arn.contains('deployer')"),
    remedy: awsSafe,
  },
  {
    title: "Google: the audience alone, for which anybody may have a token made",
    source: "https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken",
    violates: "selective-providers",
    mistake: one(google, undefined),
    remedy: googleSafe,
  },
  {
    title: "Google: the end of an e-mail address",
    source: "https://trufflesecurity.com/blog/google-oauth-is-broken-sort-of",
    violates: "foreign-tenants",
    mistake: one(google, "assertion.email.endsWith('ailab.com')"),
    remedy: googleSafe,
  },
  {
    title: "Google: an e-mail address, which passes to whoever gets it next",
    source: "https://developers.google.com/identity/openid-connect/openid-connect",
    violates: "reused-names",
    mistake: one(google, "assertion.email == 'deployer@ailab.com' && assertion.hd == 'ailab.com'"),
    remedy: googleSafe,
  },
  {
    title: "Entra: the tenant alone, in which every application gets a token",
    source: entraClaims,
    violates: "selective-providers",
    mistake: one(entra, "assertion.tid == '2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11'"),
    remedy: entraSafe,
  },
  {
    title: "Entra: a user name, which can be given to another",
    source: entraClaims,
    violates: "reused-names",
    mistake: one(entra, "assertion.preferred_username == 'deployer@ailab.com'"),
    remedy: entraSafe,
  },
  {
    title: "Kubernetes: the beginning of a namespace's name, without the colon",
    source: "https://cloud.google.com/iam/docs/workload-identity-federation-with-kubernetes",
    violates: {
      kind: "onlyWhen",
      account,
      tokens: [{ issuer: cluster, condition: "assertion.sub.startsWith('system:serviceaccount:deploy:')" }],
    },
    mistake: one(cluster, "assertion.sub.startsWith('system:serviceaccount:deploy')"),
    remedy: clusterSafe,
  },
  {
    title: "two providers in one pool, of which either makes the other's subjects",
    source: bestPractices,
    violates: "shared-principals",
    mistake: {
      providers: {
        cluster: { issuer: cluster, condition: "assertion.sub.startsWith('system:serviceaccount:deploy:')" },
        other: { issuer: `${cluster}-2`, condition: "assertion.sub.startsWith('system:serviceaccount:')" },
      },
      members: ["subject/system:serviceaccount:deploy:deployer"],
    },
    remedy: {
      ...clusterSafe,
      members: ["subject/system:serviceaccount:deploy:deployer"],
    },
  },
];
