import type { Twin } from "../../twin";
import { type StackName, stackNames } from "../commands/arguments";
import { loadEnvironments } from "../environments";
import type { Narrator } from "../plan/narrator";
import type { LocalTwinOptions } from "../start/local-twin";
import { UserError } from "../user-error";
import { startSavedTwin } from "./saved-twin";
import { TwinHome, type TwinOwner } from "./twin-home";
import { terraformEnvironment } from "./twin-target";

/** Serves the twin to Terraform until the process is told to stop. */
export async function serveTwin(options: LocalTwinOptions & { readonly narrator: Narrator }): Promise<void> {
  const { narrator, ...ports } = options;
  const home = TwinHome.usual();
  const environments = loadEnvironments();
  const owner = await home.claim();
  if (owner !== undefined) {
    throw new UserError(
      owner.environments === null
        ? `another command (process ${owner.pid}) is using the twin. Try again when it has ended.`
        : `the twin is being served already, by process ${owner.pid}.`,
    );
  }
  const stop = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  try {
    const { twin, close } = await narrator.task("Start the twin with what was deployed to it", () =>
      startSavedTwin(home, environments, ports),
    );
    try {
      await home.publish(await environmentsOf(twin, home));
      sayHowToUse(twin, narrator);
      await stop;
    } finally {
      await close();
    }
  } finally {
    await home.release();
  }
}

async function environmentsOf(twin: Twin, home: TwinHome): Promise<NonNullable<TwinOwner["environments"]>> {
  const entries: [string, Readonly<Record<string, string>>][] = [];
  for (const name of stackNames) {
    entries.push([name, terraformEnvironment(home, name, await twin.attachTerraform(name))]);
  }
  return Object.fromEntries(entries);
}

function sayHowToUse(twin: Twin, { line }: Narrator): void {
  line(`All hosts: ${twin.overview}`);
  line("In another terminal:");
  line('  eval "$(node cli/keyless.cjs twin env dev)" && npm run synth');
  line("  cd cdktf.out/stacks/dev && terraform init && terraform plan");
  line("Ctrl-C ends it; what was deployed is kept.");
}

/**
 * The environment with which `terraform` and `cdktf` find the twin that is being served, as lines for a shell.
 * @throws {UserError} where none is served
 */
export async function environmentLines(name: StackName): Promise<readonly string[]> {
  const owner = await TwinHome.usual().owner();
  const environment = owner?.environments?.[name];
  if (environment === undefined) throw new UserError("no twin is being served. Start one: keyless twin");
  return Object.entries(environment).map(([key, value]) => `export ${key}=${quoted(value)}`);
}

/** For a POSIX shell: between single quotes nothing has a meaning but the quote itself. */
const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;

/** Forgets what was deployed to the twin, with its states. @throws {UserError} while it is in use */
export async function resetTwin(): Promise<void> {
  const home = TwinHome.usual();
  const owner = await home.claim();
  if (owner !== undefined) throw new UserError(`process ${owner.pid} is using the twin. End it first.`);
  await home.clear();
}
