import { Command, CommanderError } from "commander";
import { addAnalysisCommands } from "./commands/analysis";
import { environmentName, environmentNames, portNumber } from "./commands/arguments";
import { addCiCommands } from "./commands/ci";
import { addDeploymentCommands } from "./commands/deployment";
import { addImageCommands } from "./commands/images";
import { addTokenCommands } from "./commands/token";
import { addTwinCommands } from "./commands/twin";
import { UserError } from "./user-error";

/** The `keyless` command. Each command's code is loaded only when it is called. */

const program = new Command("keyless")
  .description("Keyless access to Google Cloud: run it on a local twin, deploy it, and look at what it grants.")
  .showHelpAfterError("(keyless --help lists the commands)")
  .exitOverride();

program
  .command("start")
  .description("synthesize all environments, apply them to the local twin and walk the tour of one")
  .argument("[environment]", `whose steps to walk: ${environmentNames.join(", ")}`, environmentName, "dev")
  .option(
    "--check",
    "walk the tour, print a table and exit: 0 where every step came out as expected, 1 otherwise",
    false,
  )
  .option("--json", "with --check: print the results as JSON", false)
  .option("--no-tour", "start without walking the tour")
  .option("--port <port>", "port of the addresses to open (a free one unless given)", portNumber)
  .option("--http-port <port>", "port of plain HTTP, which redirects", portNumber)
  .option("--machine-port <port>", "port of the machine front (mutual TLS)", portNumber)
  .action(async (environment, options) => {
    const { start } = await import("./start/start");
    process.exitCode = await start({ environment, ...options });
  });

addDeploymentCommands(program);
addTwinCommands(program);
addImageCommands(program);
addCiCommands(program);
addAnalysisCommands(program);
addTokenCommands(program);

program
  .command("step")
  .description("run one deploy-time step (called by Terraform; inputs come from the environment)")
  .argument("<name>")
  .action(async (name: string) => {
    const { runDeployStepFromEnvironment } = await import("./deploy-steps");
    await runDeployStepFromEnvironment(name);
  });

program
  .command("account-policies", { hidden: true })
  .description("who may act as the service accounts named on standard input (called by drift)")
  .action(async () => {
    const { printAccountPolicies } = await import("./deploy-steps/account-policies");
    await printAccountPolicies();
  });

program
  .command("bench")
  .description("measure beside peers")
  .argument("<name>", "such as synth, deploy or broker; an unknown name lists them")
  .option("--json", "print the figures as JSON", false)
  .option("--rounds <count>", "rounds to measure", (text) => Math.max(1, Number.parseInt(text, 10) || 1))
  .action(async (name: string, options) => {
    const { bench } = await import("../bench");
    await bench(name, options);
  });

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
    return;
  }
  process.exitCode = error instanceof UserError ? error.exitCode : 1;
  console.error(error instanceof UserError ? `keyless: ${error.message}` : error);
});
