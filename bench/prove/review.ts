import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { comparePlans } from "../../review";
import { projectDirectory } from "../../twin";
import { ServedTwin } from "../deploy/served-twin";
import { median } from "../measure";
import type { Row } from "../report";
import { output } from "../run";

/** The branch that a condition of dev asks for; without it every ref is admitted. */
const pinned = /assertion\.ref\.startsWith\('refs\/heads\/'\) && /g;

/** What proofs add to a review: a plan that loosens a condition of `dev`, beside planning it. */
export async function reviewRows(rounds: number, progress: (text: string) => void): Promise<readonly Row[]> {
  // Right below the project, like cdktf.out: the deploy-time steps look for the project three folders up.
  const scratch = mkdtempSync(join(projectDirectory(), ".bench-"));
  const twin = new ServedTwin();
  try {
    const environment = { CI: "1", ...(await twin.environment()) };
    const directory = join(scratch, "stacks", "dev");
    const terraform = (...parameters: string[]) =>
      output("terraform", [`-chdir=${directory}`, ...parameters], environment);
    await output("node", ["cli/synth.cjs"], { ...environment, CDKTF_OUTDIR: scratch });
    progress("apply dev");
    await terraform("init", "-input=false");
    await terraform("apply", "-auto-approve", "-input=false");
    const file = join(directory, "cdk.tf.json");
    const declared = readFileSync(file, "utf8");
    writeFileSync(file, declared.replace(pinned, ""));
    if (declared === readFileSync(file, "utf8")) throw new Error("no condition of dev was loosened");

    const saved = join(scratch, "loose.tfplan");
    const [plans, proofs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      progress(`round ${round + 1} of ${rounds}: plan and proofs`);
      plans.push(await timed(() => terraform("plan", "-input=false", `-out=${saved}`)));
      const text = await terraform("show", "-json", saved);
      let opened = 0;
      proofs.push(
        await timed(async () => {
          opened = (await comparePlans([{ stack: "dev", text }])).differences.length;
        }),
      );
      if (opened === 0) throw new Error("the comparison found nothing");
    }
    return [
      {
        name: "proofs of a review, solver loaded",
        median: median(proofs),
        unit: "ms",
        ratio: { to: "terraform plan", value: median(proofs) / median(plans), target: "below 1" },
      },
      { name: "terraform plan", median: median(plans), unit: "ms" },
    ];
  } finally {
    await twin.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
