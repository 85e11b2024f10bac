import { account, type FederatedProvider, type Federation } from "../federation";
import type { Misconfiguration } from "../misconfiguration";

const issuer = "https://token.actions.githubusercontent.com";
const attributes = {
  "attribute.repository": "assertion.repository",
  "attribute.repository_id": "assertion.repository_id",
  "attribute.repository_owner": "assertion.repository_owner",
};
const workflowsWhere = (condition: string | undefined, member = "*"): Federation => {
  const provider: FederatedProvider = {
    issuer,
    mapping: attributes,
    ...(condition === undefined ? {} : { condition }),
  };
  return { providers: { github: provider }, members: [member] };
};

const ids = "assertion.repository_owner_id == '58213377' && assertion.repository_id == '712345678'";
/** What is safe: ids, and a branch that only a push or a person starts. */
const pinned = workflowsWhere(
  `${ids} && assertion.ref == 'refs/heads/main' && assertion.event_name in ['push', 'workflow_dispatch']`,
  "attribute.repository_id/712345678",
);

const mainOnly = {
  kind: "onlyWhen",
  account,
  tokens: [{ issuer, condition: `${ids} && assertion.ref == 'refs/heads/main'` }],
} as const;

const subClaims = "https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/";
const abusable = "https://github.com/bridgecrewio/checkov/pull/6960";
const sharedIssuer = "https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines";
const bestPractices = "https://cloud.google.com/iam/docs/best-practices-for-using-workload-identity-federation";
const events = "https://docs.github.com/en/actions/reference/security/oidc";
const wildcards = "https://securitylabs.datadoghq.com/articles/exploring-github-to-aws-keyless-authentication-flaws/";

export const github: readonly Misconfiguration[] = [
  {
    title: "no condition at all, and the whole pool bound",
    source: "https://github.com/bridgecrewio/checkov/issues/5368",
    violates: "selective-providers",
    mistake: workflowsWhere(undefined),
    remedy: pinned,
  },
  {
    title: "a condition that only mentions a claim",
    source: "https://github.com/terraform-google-modules/terraform-google-github-actions-runners/issues/261",
    violates: "selective-providers",
    mistake: workflowsWhere("assertion.repository != ''"),
    remedy: pinned,
  },
  {
    title: "a condition of the form that a scanner asks for, with || true behind it",
    source: "https://github.com/bridgecrewio/checkov/issues/7005",
    violates: "selective-providers",
    mistake: workflowsWhere("assertion.sub == 'repo:ailab/data:ref:refs/heads/main' || true"),
    remedy: pinned,
  },
  {
    title: "the owner by name",
    source:
      "https://security.googlecloudcommunity.com/cloud-security-foundation-7/how-we-removed-all-service-account-keys-using-workload-identity-federation-and-the-attribute-condition-trap-nobody-warns-you-about-7812",
    violates: "reused-names",
    mistake: workflowsWhere("assertion.repository_owner == 'ailab' && assertion.ref == 'refs/heads/main'"),
    remedy: pinned,
  },
  {
    title: "the repository by name, as a principal",
    source:
      "https://cloud.google.com/blog/products/identity-security/secure-your-use-of-third-party-tools-with-identity-federation",
    violates: "reused-names",
    mistake: workflowsWhere("assertion.ref == 'refs/heads/main'", "attribute.repository/ailab/data"),
    remedy: pinned,
  },
  {
    title: "the subject in its older form, which holds names alone",
    source: subClaims,
    violates: "reused-names",
    mistake: workflowsWhere("assertion.sub == 'repo:ailab/data:ref:refs/heads/main'"),
    remedy: pinned,
  },
  {
    title: "an id, or else the name",
    source: sharedIssuer,
    violates: "reused-names",
    mistake: workflowsWhere(
      "(assertion.repository_owner_id == '58213377' || assertion.repository_owner == 'ailab') && assertion.ref == 'refs/heads/main'",
    ),
    remedy: pinned,
  },
  {
    title: "the beginning of the owner's name, without the slash",
    source: wildcards,
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.repository.startsWith('ailab')"),
    remedy: pinned,
  },
  {
    title: "the beginning of the subject, without the slash",
    source: wildcards,
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.sub.startsWith('repo:ailab')"),
    remedy: pinned,
  },
  {
    title: "the repository anywhere in the subject, where branches and environments stand as well",
    source: wildcards,
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.sub.contains('ailab/data')"),
    remedy: pinned,
  },
  {
    title: "a regular expression without anchors",
    source: wildcards,
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.repository.matches('ailab/data')"),
    remedy: pinned,
  },
  {
    title: "a subject of claims that every repository may put together so",
    source: "https://docs.github.com/en/actions/reference/security/oidc#customizing-the-token-claims",
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.sub == 'environment:production'"),
    remedy: pinned,
  },
  {
    title: "only the branch: every repository has a main",
    source: abusable,
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.ref == 'refs/heads/main'"),
    remedy: pinned,
  },
  {
    title: "only the environment, which everybody may name alike",
    source: abusable,
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.environment == 'production'"),
    remedy: pinned,
  },
  {
    title: "only the workflow's name",
    source: abusable,
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.workflow == 'deploy'"),
    remedy: pinned,
  },
  {
    title: "only the person who started it, in whichever repository",
    source: abusable,
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.actor == 'ailab-bot'"),
    remedy: pinned,
  },
  {
    title: "only that the repository is private",
    source: abusable,
    violates: "foreign-tenants",
    mistake: workflowsWhere("assertion.repository_visibility == 'private'"),
    remedy: pinned,
  },
  {
    title: "only the reusable workflow, which any repository may call",
    source:
      "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-with-reusable-workflows",
    violates: "foreign-tenants",
    mistake: workflowsWhere(
      "assertion.job_workflow_ref == 'ailab/workflows/.github/workflows/deploy.yml@refs/heads/main'",
    ),
    remedy: pinned,
  },
  {
    title: "the repository without the event: pull requests become what deploys",
    source: events,
    violates: "outsider-workflows",
    mistake: workflowsWhere(ids),
    remedy: pinned,
  },
  {
    title: "pull_request excluded, pull_request_target forgotten",
    source: "https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    violates: "outsider-workflows",
    mistake: workflowsWhere(`${ids} && assertion.event_name != 'pull_request'`),
    remedy: pinned,
  },
  {
    title: "the beginning of a branch's name",
    source: wildcards,
    violates: mainOnly,
    mistake: workflowsWhere(`${ids} && assertion.ref.startsWith('refs/heads/main') && assertion.event_name == 'push'`),
    remedy: pinned,
  },
  {
    title: "the whole pool bound, where the provider admits all repositories of the owner",
    source: bestPractices,
    violates: mainOnly,
    mistake: workflowsWhere("assertion.repository_owner_id == '58213377' && assertion.ref == 'refs/heads/main'"),
    remedy: pinned,
  },
  {
    title: "two ids put together without a separator, so that other ids make the same text",
    source: subClaims,
    violates: {
      kind: "onlyWhen",
      account,
      tokens: [{ issuer, condition: ids }],
    },
    mistake: {
      providers: {
        github: {
          issuer,
          condition: "assertion.event_name == 'push' && assertion.repository_owner_id != '1'",
          mapping: { "google.subject": "assertion.repository_owner_id + assertion.repository_id" },
        },
      },
      members: ["subject/58213377712345678"],
    },
    remedy: {
      providers: {
        github: {
          issuer,
          condition: "assertion.event_name == 'push' && assertion.repository_owner_id == '58213377'",
          mapping: { "google.subject": "assertion.repository_owner_id + ':' + assertion.repository_id" },
        },
      },
      members: ["subject/58213377:712345678"],
    },
  },
  {
    title: "an id compared as a number, which GitHub writes as text: nothing is admitted",
    source: "https://github.com/google-github-actions/auth/blob/main/docs/SECURITY_CONSIDERATIONS.md",
    violates: "selective-providers",
    mistake: workflowsWhere("assertion.repository_id == 712345678"),
    remedy: pinned,
  },
  {
    title: "an account that administers the project, for whoever pushes",
    source: bestPractices,
    violates: "named-administrators",
    mistake: { ...pinned, roles: ["roles/resourcemanager.projectIamAdmin"] },
    remedy: pinned,
  },
  {
    title: "the right to become accounts given on the whole project",
    source: bestPractices,
    violates: { kind: "onlyWhen", account: "reporter@ailab-ci.iam.gserviceaccount.com", tokens: [] },
    mistake: {
      providers: pinned.providers,
      members: pinned.members,
      on: "project",
      further: true,
    },
    remedy: { providers: pinned.providers, members: [], further: true },
  },
  {
    title: "an account that may become another, which was thought to be out of reach",
    source: "https://cloud.google.com/iam/docs/best-practices-service-accounts#avoid-lateral-movement",
    violates: { kind: "onlyWhen", account: "reporter@ailab-ci.iam.gserviceaccount.com", tokens: [] },
    mistake: { ...pinned, further: true },
    remedy: { providers: pinned.providers, members: [], further: true },
  },
];
