import { join } from "node:path";
import type { EnvironmentName } from "../../environments/load";
import { projectDirectory, type Twin } from "../../twin";
import { type Environments, inOrder, loadEnvironments } from "../environments";
import { deployCommand } from "../plan/deploy-command";
import type { Narrator } from "../plan/narrator";
import { prepareStacks, type Workspace } from "../plan/prepare-stacks";
import { settleState } from "../plan/settle-state";
import type { LocalTwinOptions } from "../start/local-twin";
import { UserError } from "../user-error";
import { cdktf } from "./cdktf";
import { startSavedTwin } from "./saved-twin";
import { TwinHome } from "./twin-home";
import { openTwinTarget, synthesisFor } from "./twin-target";

/** With which program to deploy: `cdktf deploy`, or `keyless deploy`. */
export const programs = ["cdktf", "keyless"] as const;
export type Program = (typeof programs)[number];

export interface TwinDeployOptions {
  readonly through: Program;
  readonly narrator: Narrator;
  readonly print: (text: string) => void;
}

export const usualWorkspace = (): Workspace => {
  const project = projectDirectory();
  return { project, output: process.env["CDKTF_OUTDIR"] ?? join(project, "cdktf.out") };
};

/**
 * Deploys an environment to the local twin or destroys it there, and looks whether it came out right: a second plan is empty.
 * @throws {UserError}
 */
export async function deployOnTwin(
  command: "deploy" | "destroy",
  name: EnvironmentName,
  { through, narrator, print }: TwinDeployOptions,
): Promise<void> {
  const workspace = usualWorkspace();
  const target = await openTwinTarget(TwinHome.usual(), loadEnvironments(), narrator);
  try {
    if (through === "keyless") {
      const destroy = command === "destroy";
      await deployCommand(name, { destroy, approve: true }, { target, workspace, narrator, print: () => undefined });
    } else {
      await narrator.task(`cdktf ${command} ${name} --auto-approve`, async () =>
        cdktf(command, name, {
          ...workspace,
          environment: { ...target.synthesis, ...(await target.environmentOf(name)) },
          onLine: narrator.line,
        }),
      );
    }
    if (command === "destroy") {
      print(`${name}: destroyed on the twin`);
      return;
    }
    const [stack] = await prepareStacks([name], target, workspace, narrator);
    if (stack === undefined) throw new Error(`${name} was not prepared`);
    const planFile = join(TwinHome.usual().directory, "tfplan");
    const changes = await narrator.task(`Plan ${name} once more`, async () => {
      await settleState(stack, planFile);
      return stack.plan(planFile);
    });
    if (changes) throw new UserError(`${name}: a second plan is not empty. See: keyless plan ${name} --target twin`);
    print(`${name}: deployed on the twin; a second plan is empty`);
  } finally {
    await target.close();
  }
}

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
      await home.publish(await environmentsOf(twin, environments, home));
      sayHowToUse(twin, narrator);
      await stop;
    } finally {
      await close();
    }
  } finally {
    await home.release();
  }
}

async function environmentsOf(
  twin: Twin,
  environments: Environments,
  home: TwinHome,
): Promise<Record<string, Record<string, string>>> {
  const entries: [string, Record<string, string>][] = [];
  for (const { name } of inOrder(environments)) {
    const { environment } = await twin.attachTerraform(name);
    entries.push([name, { ...environment, ...synthesisFor(home) }]);
  }
  return Object.fromEntries(entries);
}

function sayHowToUse(twin: Twin, { line }: Narrator): void {
  line(`All hosts: ${twin.overview}`);
  line("In another terminal:");
  line('  eval "$(npx keyless twin env dev)" && npm run synth');
  line("  cd cdktf.out/stacks/dev && terraform init -reconfigure && terraform plan");
  line("Ctrl-C ends it; what was deployed is kept.");
}

/**
 * The environment with which `terraform` and `cdktf` find the twin that is being served, as lines for a shell.
 * @throws {UserError} where none is served
 */
export async function environmentLines(name: EnvironmentName): Promise<readonly string[]> {
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
