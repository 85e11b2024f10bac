import { allOf, claimsOf, type not } from "../constructs/federation";
import { entraIssuer, federationAppRole } from "../facts/entra";
import { githubActionsIssuer, googleIssuer } from "../facts/issuers";
import { awsAccountId, entraTenantId, groups, namedAdministratorSubject, repository, workspace } from "./company";
import type { Environment } from "./schema";

/**
 * Who may become what, stated apart from how it is declared: `keyless prove` decides whether the declaration keeps to it.
 * An account is named by its workload's key.
 */
export type EnvironmentInvariant =
  | {
      readonly kind: "onlyWhen";
      readonly account: WorkloadKey | "every other account";
      readonly tokens: readonly Tokens[];
    }
  | { readonly kind: "never"; readonly account: WorkloadKey | "every account"; readonly tokens: Tokens }
  | {
      readonly kind: "atMost";
      readonly account: WorkloadKey;
      readonly identities?: number;
      readonly roles?: readonly string[];
    };

export type WorkloadKey = "mcp-server" | "batch-job" | "asset-collector";

/** Tokens of an issuer that satisfy a condition on their claims. */
export interface Tokens {
  /** The issuer's URL, or "aws". */
  readonly issuer: string;
  /** Whether they are exchanged at a workload or at a workforce pool. */
  readonly pools: "workload" | "workforce";
  /** CEL on `assertion`. */
  readonly condition: string;
}

/** Only these tokens become the account, directly or through other accounts; without any, nobody from outside does. */
const onlyWhen = (
  account: WorkloadKey | "every other account",
  ...tokens: readonly Tokens[]
): EnvironmentInvariant => ({ kind: "onlyWhen", account, tokens });

/** None of these tokens becomes the account. */
const never = (account: WorkloadKey | "every account", tokens: Tokens): EnvironmentInvariant => ({
  kind: "never",
  account,
  tokens,
});

/** The account is become by so many identities at most, or has no roles but these. */
const atMost = (
  account: WorkloadKey,
  limits: { readonly identities?: number; readonly roles?: readonly string[] },
): EnvironmentInvariant => ({ kind: "atMost", account, ...limits });

type Condition = Parameters<typeof not>[0];

const github = claimsOf({
  repository_id: "identity",
  repository_owner_id: "identity",
  ref: "text",
  event_name: "text",
});
const google = claimsOf({ sub: "identity", azp: "identity", hd: "text", email_verified: "flag" });
const entra = claimsOf({ tid: "identity", roles: "list", groups: "list", azpacr: "text" });
const aws = claimsOf({ arn: "text" });

const workflows = (condition: Condition): Tokens => ({
  issuer: githubActionsIssuer,
  pools: "workload",
  condition: condition.expression,
});
const ourRepository = allOf(
  github.repository_id.is(repository.repositoryId),
  github.repository_owner_id.is(repository.ownerId),
  github.event_name.isOneOf(["push", "workflow_dispatch", "schedule"]),
);

const peopleOfWorkspace = (...conditions: readonly Condition[]): Tokens => ({
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
  issuer: entraIssuer(entraTenantId),
  pools: "workforce",
  condition: allOf(entra.tid.is(entraTenantId), entra.groups.includes(groups[group])).expression,
});

/** A service principal that was granted the app role and has proved itself by a certificate. */
const broker: Tokens = {
  issuer: entraIssuer(entraTenantId),
  pools: "workload",
  condition: allOf(entra.tid.is(entraTenantId), entra.roles.includes(federationAppRole), entra.azpacr.is("2"))
    .expression,
};

const sessionsOf = (role: string): Tokens => ({
  issuer: "aws",
  pools: "workload",
  condition: aws.arn.startsWith(`arn:aws:sts::${awsAccountId}:assumed-role/${role}/`).expression,
});

const pullRequests = workflows(github.event_name.isOneOf(["pull_request", "pull_request_target"]));
const readsData = ["roles/bigquery.dataViewer", "roles/bigquery.jobUser"];
const writesData = ["roles/bigquery.dataEditor", "roles/bigquery.jobUser"];

/** What holds in every environment. */
const everywhere: readonly EnvironmentInvariant[] = [
  onlyWhen("batch-job", broker),
  atMost("batch-job", { identities: 1, roles: readsData }),
  atMost("asset-collector", { roles: readsData }),
  onlyWhen("every other account"),
  never("every account", pullRequests),
];

export const invariants: Readonly<Record<Environment["name"], readonly EnvironmentInvariant[]>> = {
  dev: [
    onlyWhen("mcp-server", workflows(allOf(ourRepository, github.ref.startsWith("refs/heads/"))), peopleOfWorkspace()),
    atMost("mcp-server", { roles: readsData }),
    onlyWhen("asset-collector", sessionsOf("asset-collector-dev")),
    ...everywhere,
  ],
  staging: [
    onlyWhen("mcp-server", workflows(allOf(ourRepository, github.ref.is("refs/heads/main")))),
    atMost("mcp-server", { roles: writesData }),
    onlyWhen("asset-collector", sessionsOf("asset-collector-staging")),
    ...everywhere,
  ],
  prod: [
    onlyWhen("mcp-server", peopleOfWorkspace(google.sub.is(namedAdministratorSubject)), members("administrators")),
    atMost("mcp-server", { roles: readsData }),
    never("every account", workflows(github.repository_id.isPresent())),
    onlyWhen("asset-collector", sessionsOf("asset-collector-prod")),
    ...everywhere,
  ],
};

/** Ids of the tenants that are ours, by the issuer's URL. */
export const ourTenants: Readonly<Record<string, readonly string[]>> = {
  [githubActionsIssuer]: [repository.ownerId],
  [googleIssuer]: [workspace.hostedDomain],
  [entraIssuer(entraTenantId)]: [entraTenantId],
};

/** E-mail of a workload's account. */
export function accountOf({ name, project, workloads }: Environment, key: WorkloadKey): string {
  const account = workloads[key]?.account;
  if (account === undefined) throw new Error(`${name} has no workload ${key}`);
  return `${account}@${project.id}.iam.gserviceaccount.com`;
}
