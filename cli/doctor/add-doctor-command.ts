import type { Command } from "commander";
import { examples, textList } from "../commands/arguments";

/** `keyless doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("say why a login, an exchange or an impersonation fails: findings with cause, remedy and command")
    .argument("[environment]", "whose federation; all unless given")
    .option("--error <text>", "text of the error, from wherever it was shown; - reads it from standard input")
    .option("--token <file>", "file with the token that is refused")
    .option("--claims <json>", "its claims, where you have no token")
    .option("--account <email>", "service account that should be become")
    .option("--credential-configuration <file>", "the workload's credential configuration (type external_account)")
    .option("--broker <url>", "origin of a token broker")
    .option("--cert <file>", "with --broker: the client's certificate and chain, in PEM")
    .option("--key <file>", "with --broker: its key")
    .option("--client-ca <file>", "with --broker: authorities that the broker takes clients of")
    .option("--iap <url>", "address of an app behind IAP")
    .option("--ca <file>", "authorities of the server's certificate, where the system does not know them")
    .option("--live", "ask Google what is really there, and try the exchange with --token", false)
    .option("--plan <plan>", "in place of the environments: output of terraform show -json PLANFILE", textList)
    .option("--state <state>", "in place of the environments: terraform state pull or terraform show -json", textList)
    .option("--project-number <id=number>", "number of a project that a plan does not tell", textList)
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      `${examples(
        ["keyless doctor dev --token token.jwt", "why is this token refused"],
        ["gcloud storage ls 2>&1 | keyless doctor --error -", "what does this error mean"],
        ["keyless doctor dev --credential-configuration credentials.json", "is the workload's configuration right"],
        [
          "keyless doctor dev --broker https://machines.example.com --cert c.pem --key k.pem",
          "no token from the broker",
        ],
        ["keyless doctor dev --iap https://apps.example.com/", "the app does not open"],
        ["keyless doctor dev --live --token token.jwt", "what is in the cloud, and a real exchange"],
        ['eval "$(keyless twin env dev)" && keyless doctor dev --live', "the same on the local twin"],
      )}

Findings are certain (seen), likely (the usual cause of what was seen) or possible. Nothing of a token, a key or a claim is
printed. --live signs in as terraform does: GOOGLE_OAUTH_ACCESS_TOKEN, or Application Default Credentials.
Exit code: 0 nothing found, 2 findings, 1 an error.`,
    )
    .action(async (environment, options) => {
      const { doctorCommand } = await import("./doctor-command");
      process.exitCode = await doctorCommand({ environment, ...options });
    });
}
