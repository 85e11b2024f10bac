import { type Command, InvalidArgumentError } from "commander";
import { addCanCommand } from "../can/add-can-command";
import { addDoctorCommand } from "../doctor/add-doctor-command";
import { type EnvironmentName, environmentNameList, environmentNames, examples } from "./arguments";

/** `keyless prove | can | doctor`. */
export function addAnalysisCommands(program: Command): void {
  addCanCommand(program);
  addDoctorCommand(program);

  program
    .command("prove")
    .description("decide who can become what: every invariant is proved, or violated with a token that shows it")
    .argument("[environments...]", `${environmentNames.join(", ")}; all unless given`, environmentNameList)
    .option("--json", "print the findings as JSON", false)
    .option("--seconds <count>", "longest time for one invariant", secondsOf, 20)
    .addHelpText(
      "after",
      `${examples(
        ["keyless prove", "the invariants of all environments"],
        ["keyless prove prod --json", "those of one, for programs"],
      )}

Invariants that need no writing are always asked; your own stand in environments/invariants.ts as onlyWhen, never and atMost.
Exit code: 0 all proved, 2 one is violated, 3 none is violated and one could not be decided, 1 an error.`,
    )
    .action(async (environments: readonly EnvironmentName[], { json, seconds }: { json: boolean; seconds: number }) => {
      const { proveCommand } = await import("../prove/prove-command");
      process.exitCode = await proveCommand({ json, seconds, ...(environments.length > 0 ? { environments } : {}) });
    });
}

/** @throws {InvalidArgumentError} */
function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 1 || seconds > 3600)
    throw new InvalidArgumentError("expected seconds from 1 to 3600.");
  return seconds;
}
