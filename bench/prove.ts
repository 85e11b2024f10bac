import { createSolver, prove, resolveUnapplied, UnresolvedValues } from "../analysis";
import { loadEnvironments } from "../cli/environments";
import { claimsOf } from "../cli/prove/environment-claims";
import { synthesize } from "../cli/start/synthesize";
import { environmentNames } from "../environments/load";
import { median } from "./measure";
import { evaluationRows } from "./prove/evaluation";
import { growthRows } from "./prove/growth";
import { reviewRows } from "./prove/review";
import type { Report, Row } from "./report";
import { versionsOf } from "./versions";

/** Evaluation beside bare CEL, the invariants of the environments, growth with providers, and what proofs add to a review. */
export async function proveBench(rounds = 5, progress: (text: string) => void): Promise<Report> {
  return {
    bench: "prove",
    question: "what do evaluation and proofs cost, and how do they grow?",
    versions: versionsOf(["@bufbuild/cel", "z3-solver"]),
    rounds,
    rows: [
      ...(await evaluationRows(rounds, progress)),
      ...(await environmentRows(rounds, progress)),
      ...(await growthRows(Math.max(2, Math.ceil(rounds / 2)), progress)),
      ...(await reviewRows(Math.max(2, Math.ceil(rounds / 2)), progress)),
    ],
    notes: [
      "Proofs of one provider share the solver's answers with providers that are made alike: the scripts are then the same, word for word. The providers that growth is measured with have four shapes.",
      "terraform plan is that of dev on a served twin, with one condition loosened; the proofs find the tokens that this lets in, and load the solver first.",
    ],
  };
}

async function environmentRows(rounds: number, progress: (text: string) => void): Promise<readonly Row[]> {
  const environments = loadEnvironments();
  const stacks = await synthesize();
  const times: number[] = [];
  let [decided, asked] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    progress(`round ${round + 1} of ${rounds}: invariants of the environments`);
    const unresolved = new UnresolvedValues();
    const solver = createSolver();
    try {
      const started = performance.now();
      const findings = await prove({
        resources: stacks.flatMap(({ stack, text }) => resolveUnapplied(text, stack, unresolved)),
        environments: environmentNames.map((name) => claimsOf(environments[name])),
        inputsIn: (text) => unresolved.inputsIn(text),
        solver,
      });
      times.push(performance.now() - started);
      asked = findings.length;
      decided = findings.filter(({ verdict }) => verdict.verdict !== "unknown").length;
    } finally {
      solver.close();
    }
  }
  return [
    {
      name: "invariants of the environments decided",
      median: decided,
      unit: "",
      ratio: { to: "all", value: decided / asked, target: "1" },
    },
    { name: "all of them, solver loaded", median: median(times), unit: "ms" },
  ];
}
