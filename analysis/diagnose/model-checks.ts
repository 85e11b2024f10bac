import { githubActionsIssuer } from "../../facts/issuers";
import { conditionDialect } from "../access/attribute-condition";
import type { Provider } from "../access/federation";
import type { AccessModel } from "../access/model";
import { compile } from "../cel/expression";
import type { Resource } from "../terraform/resource";
import type { Finding } from "./finding";
import { findingOf } from "./finding-of";

export interface ModelChecks {
  readonly model: AccessModel;
  readonly resources: readonly Resource[];
  /** Stack that is looked at; all unless given. */
  readonly stack?: string | undefined;
}

/** What is wrong in the configuration itself, whoever signs in. */
export function checkModel(checks: ModelChecks): readonly Finding[] {
  return [...pools(checks), ...providers(checks), ...members(checks), ...iapAgents(checks), ...rest(checks)];
}

function pools({ model, resources, stack }: ModelChecks): readonly Finding[] {
  const deleted = resources.flatMap(({ stack: own, type, address, values }) =>
    /^google_iam_work(load_identity|force)_pool(_provider)?$/.test(type) &&
    values["state"] === "DELETED" &&
    (stack === undefined || own === stack)
      ? [findingOf("pool-deleted", `${address} is soft-deleted`)]
      : [],
  );
  const mine = [...model.pools.values()].filter((pool) => stack === undefined || pool.stack === stack);
  return [
    ...deleted,
    ...mine.flatMap(({ name, address, disabled, kind }) => {
      const inPool = [...model.providers.values()].filter(({ pool }) => pool === name);
      return [
        ...(disabled ? [findingOf("pool-disabled", `${address} is disabled`)] : []),
        ...(inPool.length > 1
          ? [
              findingOf(
                "several-providers",
                `${address} has ${inPool.length} providers`,
                kind === "workforce" ? "certain" : "possible",
              ),
            ]
          : []),
      ];
    }),
  ];
}

/** Issuers that sign for everybody, of which Google demands a condition. Source: cloud.google.com/iam/docs/workload-identity-federation#conditions. */
const sharedIssuers: ReadonlySet<string> = new Set([
  githubActionsIssuer,
  "https://gitlab.com",
  "https://app.terraform.io",
]);

function providers({ model, stack }: ModelChecks): readonly Finding[] {
  const mine = [...model.providers.values()].filter((provider) => stack === undefined || provider.stack === stack);
  return mine.flatMap((provider) => {
    const { address, kind, mapping, condition, disabled } = provider;
    const found: Finding[] = disabled ? [findingOf("provider-disabled", `${address} is disabled`)] : [];
    if (kind === "workforce" && !mapping.has("google.email"))
      found.push(findingOf("google-email-missing", `${address} maps no google.email`));
    const problem = condition === undefined ? undefined : problemOf(condition);
    if (problem !== undefined) found.push(findingOf("condition-invalid", `${address}: ${problem}`));
    if (isShared(provider) && !/\bassertion\b|\battribute\b|\bgoogle\b/.test(condition ?? ""))
      found.push(findingOf("condition-demanded", `${address} has no condition on a claim`));
    const refusing = refusingPolicy(model, provider);
    if (refusing !== undefined)
      found.push(findingOf("issuer-not-allowed", `${refusing} does not list the issuer of ${address}`));
    return found;
  });
}

const isShared = ({ issuer }: Provider): boolean =>
  issuer.kind === "oidc" && sharedIssuers.has(issuer.issuer.replace(/\/$/, ""));

function problemOf(condition: string): string | undefined {
  const compilation = compile(condition, conditionDialect);
  return compilation.ok ? undefined : compilation.problem;
}

/** Source: cloud.google.com/iam/docs/manage-workload-identity-pools-providers#restrict. */
function refusingPolicy(
  { organizationPolicies, hierarchy }: AccessModel,
  { issuer, name }: Provider,
): string | undefined {
  const project = /^projects\/([^/]+)\//.exec(name)?.[1];
  if (project === undefined) return undefined;
  const above = hierarchy.above(project);
  const wanted =
    issuer.kind === "aws" ? issuer.account : issuer.kind === "oidc" ? issuer.issuer.replace(/\/$/, "") : undefined;
  const constraint =
    issuer.kind === "aws" ? "iam.workloadIdentityPoolAwsAccounts" : "iam.workloadIdentityPoolProviders";
  return organizationPolicies.find(
    (policy) =>
      policy.constraint === constraint &&
      above.includes(policy.at) &&
      wanted !== undefined &&
      (policy.deniesAll ||
        (policy.allowed !== undefined && !policy.allowed.some((allowed) => allowed.replace(/\/$/, "") === wanted))),
  )?.address;
}

const principalForm =
  /^principal(?:Set)?:\/\/iam\.googleapis\.com\/((?:projects\/([^/]+)\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[^/]+)\/(.+)$/s;

function members({ model }: ModelChecks): readonly Finding[] {
  return [...model.bindings.values()].flat().flatMap(({ member, address, role }) => {
    const [, pool = "", project, selector = ""] = principalForm.exec(member) ?? [];
    if (pool === "") return [];
    if (project !== undefined && !/^[0-9]+$/.test(project) && !/[\uE000-\uF8FF]/.test(project))
      return [findingOf("project-id-in-principal", `${address} names a principal with the project's id`)];
    if (role === "roles/run.invoker")
      return [
        findingOf("unsupported-service", `${address} lets a federated identity invoke Cloud Run, which it cannot`),
      ];
    const makers = [...model.providers.values()].filter((provider) => provider.pool === pool);
    if (makers.length === 0)
      return model.pools.has(pool) || model.pools.size === 0
        ? []
        : [neverMade(address, "a pool that is not declared here", "possible")];
    const attribute = /^attribute\.([^/]+)\//.exec(selector)?.[1];
    if (attribute !== undefined && !makers.some(({ mapping }) => mapping.has(`attribute.${attribute}`)))
      return [neverMade(address, `attribute.${attribute}, which no provider of its pool maps`)];
    if (selector.startsWith("group/") && !makers.some(({ mapping }) => mapping.has("google.groups")))
      return [neverMade(address, "a group, and no provider of its pool maps google.groups")];
    return [];
  });
}

const neverMade = (address: string, what: string, rank: Finding["rank"] = "certain"): Finding =>
  findingOf("mapped-never", `${address} names ${what}`, rank);

/** IAP calls Cloud Run as its service agent of the project. */
function iapAgents({ model }: ModelChecks): readonly Finding[] {
  const guarded = new Set(
    [...model.bindings.keys()].flatMap((key) => /^projects\/([^/]+)\/iap_web\//.exec(key)?.[1] ?? []),
  );
  const invokes = new Set(
    [...model.bindings].flatMap(([key, bindings]) => {
      const project = /^projects\/([^/]+)(\/locations\/[^/]+\/services\/|$)/.exec(key)?.[1];
      const agent = bindings.some(
        ({ member, role }) => role === "roles/run.invoker" && /@gcp-sa-iap\.|[\uE000-\uF8FF]/.test(member),
      );
      return agent && project !== undefined ? [project] : [];
    }),
  );
  return [...guarded]
    .filter((project) => !invokes.has(project))
    .map((project) =>
      findingOf("iap-agent-missing", `in ${project}, IAP guards services and its agent may invoke none`, "likely"),
    );
}

function rest({ model, stack }: ModelChecks): readonly Finding[] {
  const mine = stack === undefined ? model.unreadable : [];
  return [
    ...model.contradictions.map(({ resource, addresses }) =>
      findingOf("overwritten", `${addresses.join(" and ")} both own the policy of ${resource}`),
    ),
    ...mine.map(({ address, problem }) => findingOf("unreadable", `${address}: ${problem}`, "possible")),
  ];
}
