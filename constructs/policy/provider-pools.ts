import { TerraformResource, TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import { type Block, textOf } from "./terraform-block";

/** Types of providers, with the argument that names their pool and the type of that pool. */
const providerTypes = new Map([
  [
    "google_iam_workload_identity_pool_provider",
    { argument: "workload_identity_pool_id", pool: "google_iam_workload_identity_pool", isOfProject: true },
  ],
  [
    "google_iam_workforce_pool_provider",
    { argument: "workforce_pool_id", pool: "google_iam_workforce_pool", isOfProject: false },
  ],
]);

export const isProvider = (type: string): boolean => providerTypes.has(type);

interface Known {
  readonly path: string;
  readonly type: string;
  readonly poolId: string;
  readonly project: string;
  readonly stack: TerraformStack;
}

/** The pools of all stacks, by their ids: two providers of one are found however each names it. */
export class ProviderPools {
  readonly #providers: Known[] = [];
  readonly #poolIds = new Map<string, string>();

  /** @param constructs all that are synthesized */
  constructor(constructs: readonly IConstruct[]) {
    for (const construct of constructs) {
      if (!TerraformResource.isTerraformResource(construct)) continue;
      const { terraformResourceType: type, friendlyUniqueId } = construct;
      const kind = [...providerTypes.values()].find(({ pool }) => pool === type);
      if (kind === undefined) continue;
      const id: unknown = Reflect.get(
        construct,
        kind.isOfProject ? "workloadIdentityPoolIdInput" : "workforcePoolIdInput",
      );
      if (typeof id === "string")
        this.#poolIds.set(`${TerraformStack.of(construct).node.path} ${type}.${friendlyUniqueId}`, id);
    }
  }

  /** The construct's path of another provider that was added before, of the same pool. */
  add(construct: IConstruct, type: string, values: Block): string | undefined {
    const kind = providerTypes.get(type);
    if (kind === undefined) return undefined;
    const stack = TerraformStack.of(construct);
    const named = textOf(values, kind.argument);
    const reference = /^\$\{([a-z_]+\.[A-Za-z0-9_-]+)\./.exec(named)?.[1];
    const poolId = (reference && this.#poolIds.get(`${stack.node.path} ${reference}`)) ?? named;
    // Without a project, or with a variable for it, the pool may be of any project that the stack's provider names.
    const project = kind.isOfProject ? textOf(values, "project").replace(/^.*\$\{.*$/, "") : "global";
    const other = this.#providers.find(
      (known) =>
        known.type === type &&
        known.poolId === poolId &&
        ((project !== "" && known.project === project) ||
          (known.stack === stack && (project === "" || known.project === ""))),
    );
    this.#providers.push({ path: construct.node.path, type, poolId, project, stack });
    return other?.path;
  }
}
