import type { Command } from "commander";
import { examples, oneOf, portNumber, stackName } from "./arguments";

/** `keyless twin serve | env | deploy | destroy | reset`. */
export function addTwinCommands(program: Command): void {
  const twin = program
    .command("twin")
    .description("the local twin as a place that terraform and cdktf deploy to; it remembers what was deployed")
    .addHelpText(
      "after",
      `${examples(
        ["keyless twin deploy dev", "cdktf deploy dev --auto-approve, on this machine"],
        ["keyless twin destroy dev", "and away again"],
        ["keyless twin", "serve it; then use terraform and cdktf yourself"],
        ['eval "$(keyless twin env dev)"', "in the other terminal"],
      )}`,
    );

  twin
    .command("serve", { isDefault: true })
    .description("serve the twin until Ctrl-C; terraform and cdktf find it with the environment that `twin env` prints")
    .option("--port <port>", "port of the addresses to open (a free one unless given)", portNumber)
    .option("--http-port <port>", "port of plain HTTP, which redirects", portNumber)
    .option("--machine-port <port>", "port of the machine front (mutual TLS)", portNumber)
    .action(async (options) => {
      const { serveTwin } = await import("../twin/twin-commands");
      const { terminalNarrator } = await import("../plan/narrator");
      await serveTwin({ ...options, narrator: terminalNarrator(process.stderr, false) });
    });

  twin
    .command("env")
    .description("print the environment with which terraform and cdktf find the twin that is being served")
    .argument("<stack>", "dev, staging, prod or organization", stackName)
    .addHelpText("after", examples(['eval "$(keyless twin env dev)"', "for this shell"]))
    .action(async (name) => {
      const { environmentLines } = await import("../twin/twin-commands");
      for (const line of await environmentLines(name)) console.log(line);
    });

  for (const command of ["deploy", "destroy"] as const) {
    const subcommand = twin
      .command(command)
      .description(
        command === "deploy"
          ? "deploy a stack to the twin, look whether a second plan is empty, and walk the tour of an environment"
          : "destroy a stack on the twin",
      )
      .argument("[stack]", "dev, staging, prod or organization", stackName, "dev")
      .option("--through <program>", "cdktf, or keyless", oneOf(["cdktf", "keyless"]), "cdktf")
      .option("--no-tour", "do not walk the tour");
    if (command === "destroy")
      subcommand.option("--unprotect", "deploy it without its protection first, as prod needs");
    subcommand.action(async (name, options: { through: "cdktf" | "keyless"; tour: boolean; unprotect?: boolean }) => {
      const { deployOnTwin } = await import("../twin/deploy-on-twin");
      const { terminalNarrator } = await import("../plan/narrator");
      await deployOnTwin(command, name, {
        ...options,
        narrator: terminalNarrator(process.stderr, false),
        print: (text) => console.log(text),
      });
    });
  }

  twin
    .command("reset")
    .description("forget everything that was deployed to the twin, with its states and keys")
    .action(async () => {
      const { resetTwin } = await import("../twin/twin-commands");
      await resetTwin();
    });
}
