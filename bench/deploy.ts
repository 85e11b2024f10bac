import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../twin";
import { type Contender, measureInTurn, median } from "./measure";
import { childProcessorMilliseconds, processorMilliseconds, residentMebibytes } from "./process-figures";
import type { Report } from "./report";
import { output } from "./run";
import { versionsOf } from "./versions";

const root = projectDirectory();
const quiet = { CHECKPOINT_DISABLE: "1", DISABLE_VERSION_CHECK: "1", CDKTF_DISABLE_PLUGIN_CACHE_ENV: "1", CI: "1" };

/** Plan and apply of `dev` on a served twin: the provider beside Terraform, and `keyless plan` beside `cdktf diff`. */
export async function deployBench(rounds = 5, progress: (text: string) => void): Promise<Report> {
  // Right below the project, like cdktf.out: the deploy-time steps look for the project three folders up.
  const scratch = mkdtempSync(join(root, ".bench-"));
  await output("node", ["cli/keyless.cjs", "twin", "reset"]);
  const served = await serve();
  try {
    const environment = { ...quiet, ...(await twinEnvironment()) };
    const stackDirectory = join(scratch, "stacks", "dev");
    await output("node", ["cli/synth.cjs"], { ...environment, CDKTF_OUTDIR: scratch });
    const terraform = (...parameters: string[]) =>
      output("terraform", [`-chdir=${stackDirectory}`, ...parameters], environment);
    await terraform("init", "-input=false");
    const pid = served.pid ?? 0;

    progress("apply dev");
    const applied = await beside(pid, () => terraform("apply", "-auto-approve", "-input=false"));
    const plans: { provider: number; terraform: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      progress(`terraform plan, round ${round + 1} of ${rounds}`);
      plans.push(await beside(pid, () => terraform("plan", "-input=false")));
    }
    const memory = residentMebibytes(pid);

    const contenders: readonly Contender[] = [
      {
        name: "keyless plan dev",
        sample: () =>
          timed(() =>
            output(
              "node",
              ["cli/keyless.cjs", "plan", "dev", "--target", "twin", "--out", join(scratch, "plan")],
              environment,
            ),
          ),
      },
      {
        name: "cdktf diff dev",
        sample: () =>
          timed(() =>
            output(
              "node",
              [
                "node_modules/cdktf-cli/bundle/bin/cdktf",
                "diff",
                "dev",
                "--skip-provider-lock",
                "--output",
                join(scratch, "cdktf"),
              ],
              environment,
            ),
          ),
      },
    ];
    const [ours, theirs] = await measureInTurn(contenders, rounds, progress);
    if (ours === undefined || theirs === undefined) throw new Error("two contenders give two medians");
    const provider = median(plans.map((plan) => plan.provider));
    const core = median(plans.map((plan) => plan.terraform));
    return {
      bench: "deploy",
      question: "what does the provider cost beside Terraform, and keyless plan beside cdktf diff?",
      versions: {
        terraform: await terraformVersion(),
        ...versionsOf(["cdktf-cli", "@cdktf/provider-google", "@cdktf/provider-azuread"]),
      },
      rounds,
      rows: [
        {
          name: "plan dev, provider's processor time",
          median: provider,
          unit: "ms",
          ratio: { to: "Terraform's", value: provider / core, target: "below 1" },
        },
        { name: "plan dev, Terraform's processor time", median: core, unit: "ms" },
        {
          name: "apply dev, provider's processor time",
          median: applied.provider,
          unit: "ms",
          ratio: { to: "Terraform's", value: applied.provider / applied.terraform, target: "below 1" },
        },
        { name: "apply dev, Terraform's processor time", median: applied.terraform, unit: "ms" },
        { name: "memory of the whole twin, provider included", median: memory, unit: "MiB" },
        { name: ours.name, median: ours.medianMilliseconds, unit: "ms" },
        {
          name: theirs.name,
          median: theirs.medianMilliseconds,
          unit: "ms",
          ratio: { to: ours.name, value: theirs.medianMilliseconds / ours.medianMilliseconds, target: "at least 3" },
        },
      ],
      notes: [
        "The provider runs in the twin's process; its processor time is what that process used while Terraform ran. Terraform's includes the deploy-time steps that it starts. apply is one sample.",
      ],
    };
  } finally {
    served.kill("SIGINT");
    await new Promise((ended) => served.once("close", ended));
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Processor time of the served twin and of the programs that `work` runs, in milliseconds. */
async function beside(pid: number, work: () => Promise<unknown>): Promise<{ provider: number; terraform: number }> {
  const [twinBefore, childrenBefore] = [processorMilliseconds(pid), childProcessorMilliseconds()];
  await work();
  return {
    provider: processorMilliseconds(pid) - twinBefore,
    terraform: childProcessorMilliseconds() - childrenBefore,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Starts `keyless twin serve` and waits until it answers `twin env`. */
async function serve(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["cli/keyless.cjs", "twin", "serve"], { cwd: root, stdio: "ignore" });
  for (let tries = 0; tries < 120; tries += 1) {
    try {
      await twinEnvironment();
      return child;
    } catch {
      if (child.exitCode !== null) throw new Error("keyless twin serve ended at once");
      await new Promise((done) => setTimeout(done, 500));
    }
  }
  child.kill("SIGKILL");
  throw new Error("keyless twin serve did not start within a minute");
}

/** What `keyless twin env dev` prints, as variables. */
async function twinEnvironment(): Promise<Record<string, string>> {
  const lines = await output("node", ["cli/keyless.cjs", "twin", "env", "dev"]);
  const script = `${lines}\nexec node -p "JSON.stringify(process.env)"`;
  const before = process.env;
  const after: Record<string, string> = JSON.parse(await output("bash", ["-c", script]));
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => before[name] !== value && name !== "_" && name !== "SHLVL"),
  );
}

async function terraformVersion(): Promise<string> {
  const parsed: unknown = JSON.parse(await output("terraform", ["version", "-json"], quiet));
  return typeof parsed === "object" && parsed !== null && "terraform_version" in parsed
    ? String(parsed.terraform_version)
    : "unknown";
}
