import { allOf, anyOf, claimsOf, type not } from "../constructs/federation";
import { entraIssuer, federationAppRole } from "../facts/entra";
import { githubActionsIssuer, googleIssuer } from "../facts/issuers";
import { awsAccountId, ci, entraTenantId, groups, namedAdministratorSubject, repository, workspace } from "./company";
import type { Environment } from "./schema";

/**
 * Who may become what, stated apart from how it is declared: `keyless prove` decides whether the declaration keeps to it.
 * An account is named by its workload's key.
 */
export type EnvironmentInvariant =
  | {
      readonly kind: "onlyWhen";
      readonly account: AccountKey | "every other account";
      readonly tokens: readonly Tokens[];
    }
  | { readonly kind: "never"; readonly account: AccountKey | EveryAccount; readonly tokens: Tokens }
  | {
      readonly kind: "atMost";
      readonly account: AccountKey;
      readonly identities?: number;
      readonly roles?: readonly string[];
    };

/** A workload, or an identity of CI. */
export type AccountKey = "mcp-server" | "batch-job" | "asset-collector" | "ci-plan" | "ci-apply";

interface EveryAccount {
  readonly otherThan: readonly AccountKey[];
}

/** Tokens of an issuer that satisfy a condition on their claims. */
export interface Tokens {
  /** Whose they are, in a few words. */
  readonly title: string;
  /** The issuer's URL, or "aws". */
  readonly issuer: string;
  /** Whether they are exchanged at a workload or at a workforce pool. */
  readonly pools: "workload" | "workforce";
  /** CEL on `assertion`. */
  readonly condition: string;
}

/** Only these tokens become the account, directly or through other accounts; without any, nobody from outside does. */
const onlyWhen = (account: AccountKey | "every other account", ...tokens: readonly Tokens[]): EnvironmentInvariant => ({
  kind: "onlyWhen",
  account,
  tokens,
});

/** None of these tokens becomes the account. */
const never = (account: AccountKey | EveryAccount, tokens: Tokens): EnvironmentInvariant => ({
  kind: "never",
  account,
  tokens,
});

/** The account is become by so many identities at most, or has no roles but these. */
const atMost = (
  account: AccountKey,
  limits: { readonly identities?: number; readonly roles?: readonly string[] },
): EnvironmentInvariant => ({ kind: "atMost", account, ...limits });

type Condition = Parameters<typeof not>[0];

const github = claimsOf({
  repository_id: "identity",
  repository_owner_id: "identity",
  ref: "text",
  base_ref: "text",
  event_name: "text",
  environment: "text",
  job_workflow_ref: "text",
});
const google = claimsOf({ sub: "identity", azp: "identity", hd: "text", email_verified: "flag" });
const entra = claimsOf({ tid: "identity", roles: "list", groups: "list", azpacr: "text" });
const aws = claimsOf({ arn: "text" });

const workflows = (title: string, condition: Condition): Tokens => ({
  title,
  issuer: githubActionsIssuer,
  pools: "workload",
  condition: condition.expression,
});
const ofOurRepository = (...conditions: readonly Condition[]) =>
  allOf(
    github.repository_id.is(repository.repositoryId),
    github.repository_owner_id.is(repository.ownerId),
    ...conditions,
  );
/** Started by somebody who may write to the repository, or by its schedule. */
const startedByUs = github.event_name.isOneOf(["push", "workflow_dispatch", "schedule"]);
const onBranch = (branch: string) => github.ref.is(`refs/heads/${branch}`);
const branches = workflows(
  "a workflow on a branch of our repository",
  ofOurRepository(startedByUs, github.ref.startsWith("refs/heads/")),
);
const mainBranch = workflows(
  "a workflow on the main branch of our repository",
  ofOurRepository(startedByUs, onBranch("main")),
);
/** What plans changes: pull requests to the deployed branch, and that branch. */
const plans = workflows(
  "a plan of our repository",
  ofOurRepository(
    anyOf(
      allOf(github.event_name.is("pull_request"), github.base_ref.is(ci.branch)),
      allOf(startedByUs, onBranch(ci.branch)),
    ),
  ),
);
const deployments = (environment: Environment["name"]) =>
  workflows(
    `a deployment of ${environment} by our repository's deploying workflow`,
    ofOurRepository(
      github.event_name.isOneOf(["push", "workflow_dispatch"]),
      onBranch(ci.branch),
      github.environment.is(environment),
      github.job_workflow_ref.is(`${ci.repositoryName}/.github/workflows/deploy.yml@refs/heads/${ci.branch}`),
    ),
  );

const peopleOfWorkspace = (title: string, ...conditions: readonly Condition[]): Tokens => ({
  title,
  issuer: googleIssuer,
  pools: "workload",
  condition: allOf(
    google.azp.is(workspace.oauthClientId),
    google.hd.is(workspace.hostedDomain),
    google.email_verified.is(true),
    ...conditions,
  ).expression,
});

const members = (group: keyof typeof groups): Tokens => ({
  title: `a member of ${group}`,
  issuer: entraIssuer(entraTenantId),
  pools: "workforce",
  condition: allOf(entra.tid.is(entraTenantId), entra.groups.includes(groups[group])).expression,
});

/** A service principal that was granted the app role and has proved itself by a certificate. */
const broker: Tokens = {
  title: "the broker, by its certificate",
  issuer: entraIssuer(entraTenantId),
  pools: "workload",
  condition: allOf(entra.tid.is(entraTenantId), entra.roles.includes(federationAppRole), entra.azpacr.is("2"))
    .expression,
};

const sessionsOf = (role: string): Tokens => ({
  title: `a session of the AWS role ${role}`,
  issuer: "aws",
  pools: "workload",
  condition: aws.arn.startsWith(`arn:aws:sts::${awsAccountId}:assumed-role/${role}/`).expression,
});

const pullRequests = workflows(
  "a workflow of a pull request",
  github.event_name.isOneOf(["pull_request", "pull_request_target"]),
);
const readsData = ["roles/bigquery.dataViewer", "roles/bigquery.jobUser"];
const writesData = ["roles/bigquery.dataEditor", "roles/bigquery.jobUser"];

/** What holds in every environment. */
const everywhere = (environment: Environment["name"]): readonly EnvironmentInvariant[] => [
  onlyWhen("asset-collector", sessionsOf(`asset-collector-${environment}`)),
  onlyWhen("batch-job", broker),
  atMost("batch-job", { identities: 1, roles: readsData }),
  atMost("asset-collector", { roles: readsData }),
  onlyWhen("every other account"),
  onlyWhen("ci-plan", plans),
  onlyWhen("ci-apply", deployments(environment)),
  never({ otherThan: ["ci-plan"] }, pullRequests),
];

export const invariants: Readonly<Record<Environment["name"], readonly EnvironmentInvariant[]>> = {
  dev: [
    onlyWhen("mcp-server", branches, peopleOfWorkspace("somebody of our Workspace domain")),
    atMost("mcp-server", { roles: readsData }),
    ...everywhere("dev"),
  ],
  staging: [onlyWhen("mcp-server", mainBranch), atMost("mcp-server", { roles: writesData }), ...everywhere("staging")],
  prod: [
    onlyWhen(
      "mcp-server",
      peopleOfWorkspace("the named administrator", google.sub.is(namedAdministratorSubject)),
      members("administrators"),
    ),
    atMost("mcp-server", { roles: readsData }),
    never({ otherThan: ["ci-plan", "ci-apply"] }, workflows("any workflow", github.repository_id.isPresent())),
    ...everywhere("prod"),
  ],
};

/**
 * Accounts that may change who becomes whom, because they deploy it. What is proved of other accounts leaves aside that they
 * could make themselves any other; who becomes them is an invariant of its own.
 */
export const administrators: readonly AccountKey[] = ["ci-apply"];

/** Ids of the tenants that are ours, by the issuer's URL. */
export const ourTenants: Readonly<Record<string, readonly string[]>> = {
  [githubActionsIssuer]: [repository.ownerId],
  [googleIssuer]: [workspace.hostedDomain],
  [entraIssuer(entraTenantId)]: [entraTenantId],
};

/** E-mail of an account. */
export function accountOf({ name, project, workloads }: Environment, key: AccountKey): string {
  const account = key === "ci-plan" || key === "ci-apply" ? `${key}-${name}` : workloads[key]?.account;
  if (account === undefined) throw new Error(`${name} has no workload ${key}`);
  return `${account}@${project.id}.iam.gserviceaccount.com`;
}
