import { spawn } from "node:child_process";
import { join } from "node:path";
import { type AccountGrant, declaredGrants, foreignGrants, undeclared } from "../../review";
import { projectDirectory } from "../../twin/runner/project-directory";
import { explained } from "../read-plans";
import { UserError } from "../user-error";
import { linesOf } from "./lines";

/**
 * Members of the stack's service accounts that Terraform does not know of: a refresh looks at its own members only, and
 * whoever adds himself is none of them.
 *
 * A process of its own asks, as deploy-time steps do: with the environment of the target it finds Google, or the twin.
 *
 * @param planText output of `terraform show -json` for a refresh-only plan
 * @param environment of the target, beside that of this process
 * @throws {UserError} where a policy cannot be read
 */
export async function foreignGrantsOf(
  stack: string,
  planText: string,
  environment: Readonly<Record<string, string>>,
): Promise<readonly AccountGrant[]> {
  const declared = await explained(async () => declaredGrants(planText, stack));
  if (declared.accounts.length === 0) return [];
  const answer = await ask(declared.accounts, environment);
  return undeclared(foreignGrants.parse(JSON.parse(answer)), declared);
}

/** Nothing where they cannot be read: drift detection then says that they are not covered. */
export async function foreignGrantsIfReadable(
  { stack, environment }: { readonly stack: string; readonly environment: Readonly<Record<string, string>> },
  planText: string,
  onProblem: (problem: string) => void,
): Promise<readonly AccountGrant[] | undefined> {
  try {
    return await foreignGrantsOf(stack, planText, environment);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onProblem(`${stack}: who else may act as the service accounts was not seen: ${error.message}`);
    return undefined;
  }
}

async function ask(accounts: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const program = join(projectDirectory(), "cli", "keyless.cjs");
  const child = spawn(process.execPath, [program, "account-policies"], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const stdout = linesOf(child.stdout);
  const stderr = linesOf(child.stderr);
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  // It may end before it has read everything; its exit code says why.
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(accounts));
  if ((await ended) === 0) return stdout.text;
  const reason = stderr.text.trim().split("\n")[0] ?? "";
  throw new UserError(reason.replace(/^keyless: /, "").slice(0, 500) || "the policies of the accounts were not read");
}
