import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../twin";
import { growthRows } from "./deploy/growth";
import { ServedTwin, type Spent } from "./deploy/served-twin";
import { type Contender, measureInTurn, median } from "./measure";
import type { Report, Row } from "./report";
import { output } from "./run";
import { versionsOf } from "./versions";

const root = projectDirectory();
const quiet = { CHECKPOINT_DISABLE: "1", DISABLE_VERSION_CHECK: "1", CDKTF_DISABLE_PLUGIN_CACHE_ENV: "1", CI: "1" };

/** Plan and apply of `dev` on a served twin: the provider beside Terraform, `keyless plan` beside `cdktf diff`, and how it grows. */
export async function deployBench(rounds = 5, progress: (text: string) => void): Promise<Report> {
  // Right below the project, like cdktf.out: the deploy-time steps look for the project three folders up.
  const scratch = mkdtempSync(join(root, ".bench-"));
  const twin = new ServedTwin();
  try {
    const environment = { ...quiet, ...(await twin.environment()) };
    const stackDirectory = join(scratch, "stacks", "dev");
    await output("node", ["cli/synth.cjs"], { ...environment, CDKTF_OUTDIR: scratch });
    const terraform = (...parameters: string[]) =>
      output("terraform", [`-chdir=${stackDirectory}`, ...parameters], environment);
    await terraform("init", "-input=false");

    progress("apply dev");
    const applied = await twin.beside(() => terraform("apply", "-auto-approve", "-input=false"));
    const plans: Spent[] = [];
    for (let round = 0; round < rounds; round += 1) {
      progress(`terraform plan, round ${round + 1} of ${rounds}`);
      plans.push(await twin.beside(() => terraform("plan", "-input=false")));
    }
    const { memory } = twin;
    const compared = await measureInTurn(contenders(scratch, environment), rounds, progress);
    const growth = await growthRows(
      twin,
      { scratch, environment, rounds: Math.max(2, Math.ceil(rounds / 2)) },
      progress,
    );
    return {
      bench: "deploy",
      question: "what does the provider cost beside Terraform, and keyless plan beside cdktf diff?",
      versions: {
        terraform: await terraformVersion(),
        ...versionsOf(["cdktf-cli", "@cdktf/provider-google", "@cdktf/provider-azuread"]),
      },
      rounds,
      rows: [
        ...processorRows(
          "plan dev",
          median(plans.map(({ provider }) => provider)),
          median(plans.map((plan) => plan.terraform)),
        ),
        ...processorRows("apply dev", applied.provider, applied.terraform),
        { name: "memory of the whole twin, provider included", median: memory, unit: "MiB" },
        ...comparedRows(compared),
        ...growth,
      ],
      notes: [
        "The provider runs in the twin's process; its processor time is what that process used while Terraform ran. Terraform's includes the deploy-time steps that it starts. apply is one sample.",
        "keyless plan and cdktf diff both synthesize and plan; keyless also saves, reviews and fingerprints the plan. terraform plan alone is what neither can do without.",
      ],
    };
  } finally {
    await twin.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function contenders(scratch: string, environment: Readonly<Record<string, string>>): readonly Contender[] {
  const program = (name: string, command: string, ...parameters: readonly string[]): Contender => ({
    name,
    sample: () => timed(() => output(command, parameters, environment)),
  });
  const stack = `-chdir=${join(scratch, "stacks", "dev")}`;
  const saved = ["--target", "twin", "--out", join(scratch, "plan")];
  return [
    program("keyless plan dev", "node", "cli/keyless.cjs", "plan", "dev", ...saved),
    program(
      "cdktf diff dev",
      "node",
      "node_modules/cdktf-cli/bundle/bin/cdktf",
      "diff",
      "dev",
      "--skip-provider-lock",
      "--output",
      join(scratch, "cdktf"),
    ),
    program(
      "terraform plan alone",
      "terraform",
      stack,
      "plan",
      "-input=false",
      `-out=${join(scratch, "alone.tfplan")}`,
    ),
  ];
}

function comparedRows(compared: Awaited<ReturnType<typeof measureInTurn>>): readonly Row[] {
  const [ours, theirs, alone] = compared.map(({ name, medianMilliseconds }) => ({
    name,
    median: medianMilliseconds,
    unit: "ms",
  }));
  if (ours === undefined || theirs === undefined || alone === undefined)
    throw new Error("three contenders give three medians");
  return [
    ours,
    { ...theirs, ratio: { to: ours.name, value: theirs.median / ours.median, target: "at least 3" } },
    { ...alone, ratio: { to: ours.name, value: alone.median / ours.median } },
  ];
}

function processorRows(what: string, provider: number, terraform: number): readonly Row[] {
  return [
    {
      name: `${what}, provider's processor time`,
      median: provider,
      unit: "ms",
      ratio: { to: "Terraform's", value: provider / terraform, target: "below 1" },
    },
    { name: `${what}, Terraform's processor time`, median: terraform, unit: "ms" },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function terraformVersion(): Promise<string> {
  const parsed: unknown = JSON.parse(await output("terraform", ["version", "-json"], quiet));
  return typeof parsed === "object" && parsed !== null && "terraform_version" in parsed
    ? String(parsed.terraform_version)
    : "unknown";
}
