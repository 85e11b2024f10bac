import type { Command } from "commander";
import { examples, textList } from "../commands/arguments";

/** `keyless can`. */
export function addCanCommand(program: Command): void {
  program
    .command("can")
    .description("say what somebody with a credential can do: which provider admits it, as whom, and what that reaches")
    .option("--token <file>", "file with the token, or the answer that holds it; - is standard input")
    .option("--claims <json>", "claims of a token, or of AWS's GetCallerIdentity, as JSON")
    .option("--certificate <file>", "client certificate in PEM, for providers with a trust store")
    .option("--environment <name>", "ask this environment's providers only")
    .option(
      "--plan <plan>",
      "in place of the environments: output of terraform show -json PLANFILE, or STACK=FILE",
      textList,
    )
    .option("--state <state>", "in place of the environments: terraform state pull or terraform show -json", textList)
    .option("--audience <provider>", "ask this one provider: //iam.googleapis.com/projects/N/…/providers/P")
    .option("--account <email>", "also say whether it becomes this service account, and if not, why")
    .option("--project-number <id=number>", "number of a project that a plan does not tell", textList)
    .option("--json", "print JSON", false)
    .addHelpText(
      "after",
      `${examples(
        ["keyless can --token token.jwt --environment dev", "would this token get in, and as whom"],
        [`keyless can --claims '{"iss":"https://token.actions.githubusercontent.com","aud":"…","sub":"…"}'`, "what if"],
        ["terraform show -json tfplan | keyless can --plan - --token token.jwt", "after somebody's plan"],
        ["keyless can --token token.jwt --account deployer@p.iam.gserviceaccount.com", "why does it not become it"],
      )}

What the credential says is never printed; of a claim that a condition refuses you see what kind of value it has. Of an
admitted credential you see the attributes that it is mapped to, since bindings name these. Signatures are not checked.
Exit code: 0 admitted (and becomes --account), 2 not, 1 an error.`,
    )
    .action(async (options) => {
      const { canCommand } = await import("./can-command");
      process.exitCode = await canCommand(options);
    });
}
