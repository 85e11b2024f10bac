import type { Command } from "commander";
import { examples, fingerprint, oneOf, stackName, stackNameList, textList } from "./arguments";

const target = [
  "where to: google (Google Cloud and Entra), or twin (the local one)",
  oneOf(["google", "twin"]),
] as const;
const stacks = "dev, staging, prod or organization; all environments unless given";

/** `keyless plan | deploy | destroy | review | drift`. */
export function addDeploymentCommands(program: Command): void {
  program
    .command("plan")
    .description("plan stacks with terraform, save the plans and review them")
    .argument("[stacks...]", stacks, stackNameList)
    .option("--target <target>", ...target, "google")
    .option("--out <folder>", "folder for the plan; with several stacks, for a folder each")
    .option("--expect <fingerprint>", "fail unless the plan has this fingerprint, as the approved one had", fingerprint)
    .option("--destroy", "plan to destroy everything", false)
    .option("--refresh-only", "only look at what the cloud has become, for: keyless drift --saved", false)
    .option("--replace <resource>", "make this anew, by construct path or address; repeatable", textList)
    .option("--no-lock", "do not lock the state: for identities that may only read")
    .option("--json", "print the review as JSON", false)
    .option("--markdown <file>", "write the review as Markdown")
    .option("--commit <sha>", "commit that is planned, for the Markdown")
    .option("--run-url <url>", "address of the run, for the Markdown")
    .option("--verbose", "show what terraform says", false)
    .addHelpText(
      "after",
      `${examples(
        ["keyless plan dev --target twin", "try it without a cloud account"],
        ["keyless plan prod --out plans/prod", "then: keyless deploy --plan plans/prod --approve"],
        ["keyless plan --markdown review.md", "one review of all environments"],
        ["keyless plan prod --replace prod/entra-login/password", "a new secret; the old one goes last"],
      )}

Exit codes: 0 no changes, 2 changes, 3 changes that need approval, 1 error.
A saved plan holds secrets in plain text: its folder is readable by you alone, and belongs in no artifact of CI.`,
    )
    .action(async (names, options) => {
      const { runPlan } = await import("../plan/run-commands");
      process.exitCode = await runPlan(names, options);
    });

  program
    .command("deploy")
    .description("apply exactly one plan: a saved one, or one that is made and shown first")
    .argument("[stack]", "dev, staging, prod or organization; the plan's own with --plan", stackName)
    .option("--plan <folder>", "apply this saved plan, and refuse any other")
    .option("--approve", "apply changes that need approval: whatever destroys, replaces or widens access", false)
    .option("--target <target>", ...target, "google")
    .option("--json", "print what was applied as JSON", false)
    .option("--verbose", "show what terraform says while it plans", false)
    .addHelpText(
      "after",
      `${examples(
        ["keyless deploy dev --target twin --approve", "everything, on this machine"],
        ["keyless deploy --plan plans/prod --approve", "the plan that was reviewed"],
      )}

Refused: a plan of another stack or target, a changed plan file, a program or a providers' lock file that has
changed since, a state that has moved on, and, without --approve, what needs approval (exit code 3).`,
    )
    .action(async (name, options) => {
      const { runDeploy } = await import("../plan/run-commands");
      process.exitCode = await runDeploy(name, { ...options, destroy: false });
    });

  program
    .command("destroy")
    .description("destroy a stack; says first what that means, and needs --approve")
    .argument("<stack>", "dev, staging, prod or organization", stackName)
    .option("--approve", "do it", false)
    .option("--unprotect", "deploy it without its protection first: prod refuses to be destroyed otherwise", false)
    .option("--target <target>", ...target, "google")
    .option("--json", "print what was destroyed as JSON", false)
    .option("--verbose", "show what terraform says while it plans", false)
    .addHelpText(
      "after",
      examples(
        ["keyless destroy dev --target twin --approve", "what was deployed to the twin"],
        ["keyless destroy prod --unprotect --approve", "lift the protection, then destroy"],
      ),
    )
    .action(async (name, options) => {
      const { runDeploy } = await import("../plan/run-commands");
      process.exitCode = await runDeploy(name, { ...options, destroy: true });
    });

  program
    .command("review")
    .description("review plans that terraform made, as Markdown for a pull request")
    .argument("[plans...]", "output of terraform show -json: STACK=FILE, or STACK=- for standard input", textList)
    .option("--saved <folder>", "review this plan that keyless plan has saved; repeatable", textList)
    .option("--stacks-folder <folder>", "where each stack's cdk.tf.json is, for construct paths", "cdktf.out/stacks")
    .option("--json", "print JSON in place of Markdown", false)
    .option("--markdown <file>", "write the Markdown to this file as well")
    .option("--json-file <file>", "write the JSON to this file as well")
    .option("--commit <sha>", "commit that was planned")
    .option("--run-url <url>", "address of the run")
    .addHelpText(
      "after",
      examples(
        ["terraform show -json tfplan | keyless review dev=-", "a plan of your own"],
        ["keyless review dev=dev.json prod=prod.json --json", "several, for a program"],
        ["keyless review --saved plans/dev --saved plans/prod", "what keyless plan has saved"],
      ),
    )
    .action(async (plans, options) => {
      const { runReview } = await import("../plan/run-commands");
      process.exitCode = await runReview(plans, options);
    });

  program
    .command("drift")
    .description("look whether somebody changed stacks past terraform; changes nothing, locks nothing")
    .argument("[stacks...]", stacks, stackNameList)
    .option("--plan <plan>", "judge this refresh-only plan (STACK=FILE) in place of making one; repeatable", textList)
    .option("--saved <folder>", "judge this refresh-only plan that keyless plan has saved; repeatable", textList)
    .option("--allow <file>", "list of drift that is known and tolerated, by address and attribute")
    .option("--target <target>", ...target, "google")
    .option("--json", "print JSON in place of Markdown", false)
    .option("--json-file <file>", "write the JSON to this file as well")
    .option("--markdown <file>", "write the Markdown to this file as well")
    .option("--sarif <file>", "write a SARIF log to this file")
    .option("--commit <sha>", "commit that is deployed")
    .option("--run-url <url>", "address of the run")
    .option("--verbose", "show what terraform says", false)
    .addHelpText(
      "after",
      `${examples(
        ["keyless drift dev --target twin", "what was edited in the twin by hand"],
        ["keyless drift --markdown drift.md --sarif drift.sarif", "all environments, for an issue and code scanning"],
      )}

Exit codes: 0 none, 2 changed outside, 3 changed outside with a grave effect or gone, 1 error.`,
    )
    .action(async (names, options) => {
      const { runDrift } = await import("../plan/run-commands");
      process.exitCode = await runDrift(names, options);
    });
}
