import { Aspects, type IAspect, TerraformOutput, TerraformResource, TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import { covers, type PolicyException, problemsOf } from "./policy-exception";
import { isProvider, ProviderPools } from "./provider-pools";
import { checkOf } from "./resource-checks";
import { rawResources, valuesOf } from "./resource-values";
import { type Finding, policyRules } from "./rules";
import type { Block } from "./terraform-block";

export interface PolicyOptions {
  /** Reviewed exceptions; none unless given. */
  readonly exceptions?: readonly PolicyException[];
  /** The day by which exceptions end; the present one unless given. */
  readonly today?: Date;
}

/** Name of the output that lists the exceptions of a stack. */
export const exceptionsOutput = "policy_exceptions";

/** Stacks break rules. The message has a line for each: the construct's path, the rule, what was found, and the remedy. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";

  /** @param problems one line each */
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

/**
 * Makes the synthesis fail with a `PolicyError` where a resource below breaks a rule. An exception that has expired, is
 * malformed or that nothing needs any more fails it as well. To be called when all stacks have been declared.
 *
 * It looks at what a resource becomes, overrides included, in one pass and only at types that a rule is about.
 *
 * @param scope an App or a stack
 */
export function enforcePolicies(scope: IConstruct, options: PolicyOptions = {}): void {
  const aspect = new PolicyAspect(scope, options);
  // CDKTF asks the aspects of a stack and of what is in it, not those of the App.
  for (const stack of scope.node.findAll().filter((node) => TerraformStack.isStack(node)))
    Aspects.of(stack).add(aspect);
}

class PolicyAspect implements IAspect {
  readonly #scope: IConstruct;
  readonly #exceptions: readonly PolicyException[];
  readonly #today: Date;
  readonly #problems: string[] = [];
  #isDone = false;

  constructor(scope: IConstruct, { exceptions = [], today = new Date() }: PolicyOptions) {
    this.#scope = scope;
    this.#exceptions = exceptions;
    this.#today = today;
  }

  /**
   * The whole tree, at the first construct that is visited: pools are compared, and unused exceptions told, when all has
   * been seen, and all that is wrong is said at once.
   */
  visit(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const used = new Map<PolicyException, Set<TerraformStack>>();
    const constructs = this.#scope.node.findAll();
    const pools = new ProviderPools(constructs);
    const stacks: TerraformStack[] = [];
    for (const construct of constructs) {
      if (TerraformStack.isStack(construct)) {
        stacks.push(construct);
        for (const [type, values] of rawResources(construct)) this.#judge(construct, type, values, pools, used);
      }
      if (!TerraformResource.isTerraformResource(construct)) continue;
      const type = construct.terraformResourceType;
      if (checkOf(type) === undefined && !isProvider(type)) continue;
      this.#judge(construct, type, valuesOf(construct), pools, used);
    }
    this.#judgeExceptions(stacks, used);
    if (this.#problems.length > 0) throw new PolicyError(this.#problems);
  }

  #judge(
    construct: IConstruct,
    type: string,
    values: Block,
    pools: ProviderPools,
    used: Map<PolicyException, Set<TerraformStack>>,
  ): void {
    const { path } = construct.node;
    const findings: Finding[] = [...(checkOf(type)?.(values, type) ?? [])];
    const other = pools.add(construct, type, values);
    if (other !== undefined) findings.push({ rule: "one-provider-a-pool", found: `the pool of ${other}` });
    for (const { rule, found } of findings) {
      const exception = this.#exceptions.find((one) => covers(one, rule, path));
      if (exception !== undefined) {
        used.set(exception, (used.get(exception) ?? new Set()).add(TerraformStack.of(construct)));
        continue;
      }
      const { forbids, remedy } = policyRules[rule];
      const shown = found.length > 120 ? `${found.slice(0, 120)}...` : found;
      this.#problems.push(`${path}: ${rule}: ${shown}. ${forbids} ${remedy}`);
    }
  }

  #judgeExceptions(
    stacks: readonly TerraformStack[],
    used: ReadonlyMap<PolicyException, ReadonlySet<TerraformStack>>,
  ): void {
    for (const exception of this.#exceptions) {
      const problems = problemsOf(exception, this.#today);
      const rule = String(exception.rule);
      const path = String(exception.path);
      const isOfPresentStack = path.startsWith("*/") || stacks.some((stack) => path.startsWith(`${stack.node.path}/`));
      const isUnused = problems.length === 0 && isOfPresentStack && !used.has(exception);
      for (const problem of isUnused ? ["nothing needs it any more: remove it"] : problems)
        this.#problems.push(`exception from ${rule} for ${path}: ${problem}`);
    }
    for (const stack of stacks) {
      const granted = this.#exceptions.filter((exception) => used.get(exception)?.has(stack) === true);
      if (granted.length === 0) continue;
      new TerraformOutput(stack, exceptionsOutput, {
        value: granted,
        description: "Rules that this stack is allowed to break: where, why, who answers for it and until when",
        staticId: true,
      });
    }
  }
}
