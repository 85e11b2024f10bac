import {
  compareAccess,
  createSolver,
  type PlanSides,
  type Resource,
  type Solver,
  sidesOfPlan,
  TerraformConfigurationError,
  UnresolvedValues,
} from "../../analysis";
import type { Reach } from "./reach";

/** A plan as `terraform show -json PLANFILE` writes it. */
export interface PlanText {
  readonly stack: string;
  readonly text: string;
}

export interface ComparePlansOptions {
  /** For all of it; 20,000 unless given. */
  readonly milliseconds?: number;
  readonly now?: Date;
  /** A solver to share; otherwise one is started where it is needed, and ended. */
  readonly solver?: Solver;
}

/**
 * Compares what is there with what all plans together will make of it, so that what one environment gives to another is
 * seen. A plan that cannot be read is undecided, and said so.
 */
export async function comparePlans(plans: readonly PlanText[], options: ComparePlansOptions = {}): Promise<Reach> {
  const solver = options.solver ?? createSolver();
  try {
    return await compared(plans, { ...options, solver });
  } finally {
    if (options.solver === undefined) solver.close();
  }
}

async function compared(
  plans: readonly PlanText[],
  { milliseconds = 20_000, solver, ...others }: ComparePlansOptions & { readonly solver: Solver },
) {
  const unresolved = new UnresolvedValues();
  const unread: Reach["undecided"][number][] = [];
  const sides = plans.flatMap(({ stack, text }): PlanSides[] => {
    try {
      return [sidesOfPlan(text, stack, unresolved)];
    } catch (error) {
      if (!(error instanceof TerraformConfigurationError)) throw error;
      unread.push({ subject: stack, reason: error.message });
      return [];
    }
  });
  // Loaded while the model is made, where anything changes that may decide.
  if (sides.some(({ base, head }) => decisive(base) !== decisive(head))) solver.start();
  const found = await compareAccess(
    sides.flatMap(({ base }) => base),
    sides.flatMap(({ head }) => head),
    { ...others, solver, milliseconds, inputsIn: (text) => unresolved.inputsIn(text) },
  );
  const { differences, undecided, ...rest } = found;
  return {
    ...rest,
    differences: differences.map((difference) => named(difference, unresolved)),
    undecided: [...unread, ...undecided].map((one) => named(one, unresolved)),
  };
}

/** All that may say who can become what. */
const decisive = (resources: readonly Resource[]): string =>
  JSON.stringify(
    resources.filter(({ type }) => decisiveTypes.test(type)).map(({ address, values }) => [address, values]),
  );
const decisiveTypes =
  /^google_(?:iam_|service_account|project$|folder$|project_iam_|organization_iam_|bigquery_dataset|.+_iam_(?:member|binding|policy)$)/;

/** The same with the names of values that are known only after apply in place of their stand-ins. */
function named<Value>(value: Value, unresolved: UnresolvedValues): Value;
function named(value: unknown, unresolved: UnresolvedValues): unknown {
  if (typeof value === "string") return unresolved.named(value);
  if (Array.isArray(value)) return value.map((item) => named(item, unresolved));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, named(item, unresolved)]));
}
