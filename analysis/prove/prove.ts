import { buildAccessModel } from "../access/model";
import type { Resource } from "../terraform/resource";
import { builtIns } from "./built-in";
import { proveDeclared } from "./declared-invariants";
import { type Invariant, statementOf } from "./invariant";
import { ModelIndex } from "./model-index";
import type { ProofContext } from "./proof-context";
import { Routes } from "./routes";
import { createSolver, type Solver } from "./solver";
import type { FindUnresolved } from "./universe";
import type { Finding, Verdict } from "./verdict";

/** What is to be proved of one environment. */
export interface EnvironmentClaims {
  /** Stack that declares the environment. */
  readonly environment: string;
  readonly invariants: readonly Invariant[];
  /** Ids of tenants that are ours, by issuer URL. */
  readonly ours?: Readonly<Record<string, readonly string[]>>;
  /**
   * E-mails of accounts that may change who becomes whom, as those do that deploy. That whoever becomes one of them may
   * make itself any other is then taken for known, and what is proved of other accounts leaves it aside.
   */
  readonly administrators?: readonly string[];
}

export interface ProveOptions {
  /** Resources of all environments side by side, so that what one grants to another is seen. */
  readonly resources: readonly Resource[];
  readonly environments: readonly EnvironmentClaims[];
  /** When IAM conditions on the time are looked at; now, unless given. */
  readonly now?: Date;
  /** Milliseconds for each invariant; 20,000 unless given. */
  readonly milliseconds?: number;
  /** Values that whoever applies gives; see UnresolvedValues.inputsIn. */
  readonly inputsIn?: FindUnresolved;
  /** Names of the built-in invariants that are asked; all, unless given. */
  readonly builtIns?: readonly string[];
  /** A solver to share; otherwise one is started and ended. */
  readonly solver?: Solver;
  /** Called before each invariant is decided. */
  readonly onStart?: (environment: string, statement: string) => void;
  readonly onFinding?: (finding: Finding) => void;
}

/**
 * Decides the invariants of environments, the built-in ones first. `proved` holds for every token that the issuers can
 * sign; a violation comes with tokens that evaluateExchange admits and evaluateImpersonation lets become the account;
 * everything else, whatever the reason, is `unknown`.
 */
export async function prove(options: ProveOptions): Promise<readonly Finding[]> {
  const { resources, environments, now = new Date(), milliseconds = 20_000, inputsIn } = options;
  const model = buildAccessModel(resources);
  const solver = options.solver ?? createSolver();
  const context: ProofContext = {
    model,
    index: new ModelIndex(model),
    routes: new Routes(model, new Set(environments.flatMap(({ administrators = [] }) => administrators))),
    solver,
    now,
    milliseconds,
    ...(inputsIn === undefined ? {} : { inputsIn }),
  };
  const findings: Finding[] = [];
  const run = async (environment: string, name: string, statement: string, decide: () => Promise<Verdict>) => {
    options.onStart?.(environment, statement);
    const start = performance.now();
    const verdict = await decide();
    const finding = { environment, name, statement, verdict, milliseconds: performance.now() - start };
    findings.push(finding);
    options.onFinding?.(finding);
  };
  try {
    for (const { environment, invariants, ours = {}, administrators = [] } of environments) {
      for (const { name, statement, prove: decide } of builtIns.filter(
        (known) => options.builtIns?.includes(known.name) ?? true,
      ))
        await run(environment, name, statement, () => decide({ context, environment, ours, administrators }));
      const accounts = [...model.accounts.values()].filter(({ stack }) => stack === environment);
      const emails = accounts.map(({ email }) => email);
      for (const invariant of invariants)
        await run(environment, invariant.kind, statementOf(invariant), () => proveDeclared(context, invariant, emails));
    }
    return findings;
  } finally {
    if (options.solver === undefined) solver.close();
  }
}
