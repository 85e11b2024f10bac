import type { Command } from "commander";
import type { CiKind } from "../ci/ci-identity";
import { type EnvironmentName, environmentName, examples, oneOf } from "./arguments";

/** `keyless ci as`. */
export function addCiCommands(program: Command): void {
  program
    .command("ci")
    .description("for jobs of GitHub Actions")
    .command("as")
    .description("run a command as an identity of CI, without a key: plan may read, apply may deploy")
    .argument("<environment>", "dev, staging or prod", environmentName)
    .argument("<identity>", "plan or apply", oneOf(["plan", "apply"]))
    .argument("<command...>", "the command, after --")
    .addHelpText(
      "after",
      `${examples(["keyless ci as dev plan -- keyless plan dev --no-lock", "in a job with permissions: id-token: write"])}

For Entra it reads ENTRA_PLAN_CLIENT_ID_DEV and so on, which the stack outputs as ci_plan_client_id.`,
    )
    .action(async (name: EnvironmentName, kind: CiKind, command: string[]) => {
      const { runAs } = await import("../ci/run-as");
      const { loadEnvironments } = await import("../environments");
      process.exitCode = await runAs(loadEnvironments()[name], kind, command, process.env);
    });
}
