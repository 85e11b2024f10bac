import { type Command, InvalidArgumentError, Option } from "commander";
import { tokenFormats } from "../token/token-output";
import { examples, fingerprint, oneOf, portNumber } from "./arguments";

/** `keyless token | agent | broker check | audit verify`: the token broker from outside. */
export function addTokenCommands(program: Command): void {
  addTokenCommand(program);
  addAgentCommand(program);
  addBrokerCheckCommand(program);
  addAuditVerifyCommand(program);
}

/** Options of all that talk to a broker; each can stand in the environment, for jobs and credential configurations. */
function withBroker(command: Command): Command {
  const option = (flags: string, description: string, variable: string) => new Option(flags, description).env(variable);
  return command
    .addOption(
      option(
        "--broker <url>",
        "origin of the broker, such as https://machines.example.com",
        "KEYLESS_BROKER",
      ).makeOptionMandatory(),
    )
    .addOption(
      option(
        "--cert <file>",
        "PEM: the client's certificate, then the rest of its chain",
        "KEYLESS_CLIENT_CERT",
      ).makeOptionMandatory(),
    )
    .addOption(option("--key <file>", "PEM: the client's private key", "KEYLESS_CLIENT_KEY").makeOptionMandatory())
    .addOption(option("--ca <file>", "PEM: authorities of the broker's own certificate (the system's)", "KEYLESS_CA"))
    .option("--account <email>", "service account, where the client has several")
    .option("--client-id <name>", "the client's name in the broker's policy; needed for ID tokens and JWTs")
    .option("--timeout <seconds>", "for an answer; a grant that needs an approval takes up to 300 (30)", seconds);
}

function addTokenCommand(program: Command): void {
  withBroker(program.command("token"))
    .description("fetch a Google token from a token broker, with this machine's client certificate")
    .option("--type <kind>", "access_token, id_token, or jwt: one of the broker's own", oneOf(tokenKinds))
    .option("--audience <audience>", "of an ID token or a JWT")
    .option(
      "--format <format>",
      "token alone, json, or executable: for a credential configuration",
      oneOf(tokenFormats),
    )
    .option("--json", "the same as --format json", false)
    .option("--output <file>", "write the file in one step, readable by its owner alone, in place of printing")
    .option("--watch", "with --output: keep the file fresh until told to end", false)
    .addHelpText(
      "after",
      `${examples(
        ["keyless token --broker https://machines.example.com --cert job.pem --key job.key", "print a token"],
        ["keyless token … --output /run/job/token --watch", "a file that always holds a good one"],
        ["keyless token … --json", "with its end, account and scopes"],
        ["keyless token … --type id_token --audience URL --client-id batch-job", "an ID token"],
        ["keyless token … --format executable --client-id batch-job", "credential_source.executable.command"],
      )}

A file that is kept fresh keeps its last token while the broker is away. Exit code: 0, or 1 when there is no token.`,
    )
    .action(async ({ json, ...options }) => {
      const { tokenCommand } = await import("../token");
      process.exitCode = await tokenCommand({ ...options, format: options.format ?? (json ? "json" : "token") });
    });
}

const tokenKinds = ["access_token", "id_token", "jwt"] as const;

function addAgentCommand(program: Command): void {
  withBroker(program.command("agent"))
    .description("serve the broker's tokens to Google's SDKs and gcloud on this machine, as a metadata server")
    .option("--project-number <number>", "number of the account's project, without which gcloud asks nobody")
    .option("--host <address>", "a loopback address (127.0.0.1)")
    .option("--port <port>", "a free one unless given", portNumber)
    .option("--json", "print the variables as JSON in place of an export line", false)
    .addHelpText(
      "after",
      `${examples(
        [
          "keyless agent --broker https://machines.example.com --cert job.pem --key job.key --port 8173",
          "until Ctrl-C",
        ],
        [
          "export GCE_METADATA_HOST=127.0.0.1:8173 GCE_METADATA_ROOT=… GCE_METADATA_IP=…",
          "the line that it prints, in the other terminal; then any Google SDK, unchanged",
        ],
        ["keyless agent … --project-number 710000000001", "and gcloud works too: gcloud auth print-access-token"],
      )}

It listens on the loopback interface only; whoever may run a program on this machine has the account's tokens while it runs.`,
    )
    .action(async (options) => {
      const { agentCommand } = await import("../token");
      process.exitCode = await agentCommand(options);
    });
}

function addBrokerCheckCommand(program: Command): void {
  program
    .command("broker")
    .description("for those who look after a token broker")
    .command("check")
    .description("say what a client would get of a broker with this configuration, and why; asks no broker")
    .addOption(
      new Option("--config <file>", "the broker's configuration").env("KEYLESS_CONFIG_FILE").makeOptionMandatory(),
    )
    .requiredOption("--client <file>", "PEM: the client's certificate, then the rest of its chain")
    .option("--account <email>", "the service account that it would ask for")
    .option("--audience <audience>", "of an ID token, in place of an access token")
    .option("--type <kind>", "access_token, id_token, or jwt: one of the broker's own", oneOf(tokenKinds))
    .option("--json", "print the steps as JSON", false)
    .addHelpText(
      "after",
      `${examples(
        ["keyless broker check --config broker.json --client job.pem", "certificate, chain, client, grant"],
        ["keyless broker check … --account reports@PROJECT.iam.gserviceaccount.com --json", "for one account"],
      )}

Exit code: 0 when the client would get a token, as far as this machine can tell, else 1.`,
    )
    .action(async (options) => {
      const { brokerCheckCommand } = await import("../token");
      process.exitCode = await brokerCheckCommand(options);
    });
}

function addAuditVerifyCommand(program: Command): void {
  program
    .command("audit")
    .description("the token broker's audit")
    .command("verify")
    .description("find lines of the audit that were removed, altered, added or moved")
    .argument("<files...>", "audit files, or logs with the audit among other lines, oldest first")
    .option("--continues", "what came before the first line is in files that are not named", false)
    .option(
      "--expect <hash>",
      "what a line must have, kept elsewhere: shows that nothing before it was cut off or written anew (repeatable)",
      fingerprintList,
    )
    .option(
      "--expect-last <hash>",
      "what a chain must end with: shows that its end was neither cut off nor added to",
      fingerprint,
    )
    .option("--json", "print findings and chains as JSON", false)
    .addHelpText(
      "after",
      `${examples(
        ["keyless audit verify audit.jsonl.1 audit.jsonl", "files in their order"],
        ["keyless audit verify export.jsonl --expect 5f0c…", "lines that Cloud Logging has exported"],
      )}

Exit code: 0 when every line is in its place, else 1.`,
    )
    .action(async (files, options) => {
      const { auditVerifyCommand } = await import("../token");
      process.exitCode = await auditVerifyCommand({ files, ...options });
    });
}

/** For an option that may be given several times. */
const fingerprintList = (text: string, earlier: readonly string[] = []): string[] => [...earlier, fingerprint(text)];

/** @throws {InvalidArgumentError} */
function seconds(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 600) {
    throw new InvalidArgumentError("expected seconds from 1 to 600.");
  }
  return count;
}
