import { z } from "zod";
import type { Resource } from "../terraform/resource";
import { type Binding, bindingsOf, isBinding } from "./binding";
import { type Contradiction, contradictionsIn } from "./contradictions";
import { datasetAccessOf, isDatasetAccess } from "./dataset-access";
import { type Denial, denialsOf } from "./denial";
import { isUnreadable, type Pool, type Provider, poolOf, providerOf, type Unreadable } from "./federation";
import { Hierarchy } from "./hierarchy";
import { type OrganizationPolicy, organizationPolicyOf } from "./organization-policy";
import { ProjectNames } from "./resource-key";
import { Roles } from "./roles";

/** Who can become what: all that a set of applied resources says about it. Bare data; the evaluations read it. */
export interface AccessModel {
  /** By name. */
  readonly pools: ReadonlyMap<string, Pool>;
  /** By name. */
  readonly providers: ReadonlyMap<string, Provider>;
  /** By e-mail. */
  readonly accounts: ReadonlyMap<string, Account>;
  /** By key of the resource that the policy sits on. */
  readonly bindings: ReadonlyMap<string, readonly Binding[]>;
  readonly projects: ProjectNames;
  /** What lies above a project, whose policies it inherits. */
  readonly hierarchy: Hierarchy;
  readonly roles: Roles;
  /** Rules of deny policies. */
  readonly denials: readonly Denial[];
  readonly organizationPolicies: readonly OrganizationPolicy[];
  /** Statements of Terraform that overwrite one another. */
  readonly contradictions: readonly Contradiction[];
  /** What could not be read and so grants nothing. */
  readonly unreadable: readonly Unreadable[];
}

export interface Account {
  readonly address: string;
  /** Stack that declares it. */
  readonly stack: string;
  readonly email: string;
  /** Id of the project that it belongs to. */
  readonly project: string;
  readonly disabled: boolean;
}

const account = z.object({
  email: z.string().regex(/^[^@\s]+@[^@\s]+$/, "expected an e-mail"),
  project: z.string().optional(),
  unique_id: z.string().optional(),
  disabled: z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")]).default(false),
});

/**
 * The access model of applied resources, of one stack or of several side by side. `..._iam_member`, `..._iam_binding` and
 * `..._iam_policy` add up; where one would replace what another states, both are kept and named as a contradiction.
 */
export function buildAccessModel(resources: readonly Resource[]): AccessModel {
  const unreadable: Unreadable[] = [];
  const readable = <T extends object>(value: T | Unreadable | undefined): T[] => {
    if (value === undefined) return [];
    if (!isUnreadable(value)) return [value];
    unreadable.push(value);
    return [];
  };
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const projects = new ProjectNames(resources);

  const pools = [
    ...ofType("google_iam_workload_identity_pool").flatMap((resource) => readable(poolOf(resource, "workload"))),
    ...ofType("google_iam_workforce_pool").flatMap((resource) => readable(poolOf(resource, "workforce"))),
  ];
  const providers = [
    ...ofType("google_iam_workload_identity_pool_provider").flatMap((resource) =>
      readable(providerOf(resource, "workload")),
    ),
    ...ofType("google_iam_workforce_pool_provider").flatMap((resource) => readable(providerOf(resource, "workforce"))),
  ];
  const emailByUniqueId = new Map<string, string>();
  const accounts = ofType("google_service_account").flatMap((resource): Account[] => {
    const parsed = account.safeParse(resource.values);
    if (!parsed.success) {
      return readable<Account>({
        address: resource.address,
        problem: "its e-mail or whether it is disabled is not known",
      });
    }
    const { email, unique_id: uniqueId, disabled, project } = parsed.data;
    if (uniqueId !== undefined) emailByUniqueId.set(uniqueId, email);
    const inEmail = /@([^.@]+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1] ?? "";
    return [
      { address: resource.address, stack: resource.stack, email, disabled, project: projects.idOf(project ?? inEmail) },
    ];
  });

  const bindings = new Map<string, Binding[]>();
  const stated = [
    ...resources
      .filter(isBinding)
      .flatMap((resource) => bindingsOf(resource, projects, (name) => emailByUniqueId.get(name) ?? name)),
    ...resources.filter(isDatasetAccess).flatMap((resource) => datasetAccessOf(resource, projects)),
  ];
  for (const binding of stated.flatMap(readable)) {
    const present = bindings.get(binding.resource);
    if (present === undefined) bindings.set(binding.resource, [binding]);
    else present.push(binding);
  }
  const roles = new Roles(resources, projects);
  unreadable.push(...roles.unreadable);
  return {
    pools: new Map(pools.map((pool) => [pool.name, pool])),
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    accounts: new Map(accounts.map((known) => [known.email, known])),
    bindings,
    projects,
    hierarchy: new Hierarchy(resources, projects),
    roles,
    denials: ofType("google_iam_deny_policy").flatMap((resource) => denialsOf(resource, projects).flatMap(readable)),
    organizationPolicies: ofType("google_org_policy_policy").flatMap(
      (resource) => organizationPolicyOf(resource, projects) ?? [],
    ),
    contradictions: contradictionsIn(bindings),
    unreadable,
  };
}
