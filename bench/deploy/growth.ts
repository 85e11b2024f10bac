import { join } from "node:path";
import { build } from "esbuild";
import { projectDirectory } from "../../twin";
import { median } from "../measure";
import type { Row } from "../report";
import { output } from "../run";
import type { ServedTwin } from "./served-twin";

const root = projectDirectory();
/**
 * Copies of the list of apps. What is deployed stops at ten: to apply thousands of resources takes Terraform minutes, because
 * each one that is done costs it more the more there are.
 */
const sizes = { created: [1, 10, 50], deployed: [1, 10] } as const;

interface Measured {
  readonly apps: number;
  readonly provider: number;
  readonly terraform: number;
  readonly wall: number;
  readonly memory: number;
}

interface Surroundings {
  readonly scratch: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly rounds: number;
}

/** What one more app adds to a plan, and whether that stays the same: of dev as it would be made, and as it is deployed. */
export async function growthRows(
  twin: ServedTwin,
  { scratch, environment, rounds }: Surroundings,
  progress: (text: string) => void,
): Promise<readonly Row[]> {
  const program = await bundledCopies();
  const terraform = (...parameters: string[]) =>
    output("terraform", [`-chdir=${join(scratch, "stacks", "dev")}`, ...parameters], environment);
  const measure = async (kind: keyof typeof sizes, state: string): Promise<readonly Measured[]> => {
    const measured: Measured[] = [];
    for (const copies of sizes[kind]) {
      progress(`growth: ${copies} copies of the apps, ${kind}`);
      const apps = Number(await output("node", [program, String(copies), scratch, state]));
      await terraform("init", "-reconfigure", "-input=false");
      if (kind === "deployed") await terraform("apply", "-auto-approve", "-input=false");
      const samples: Measured[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const started = performance.now();
        const spent = await twin.beside(() => terraform("plan", "-input=false"));
        samples.push({ apps, ...spent, wall: performance.now() - started, memory: twin.memory });
      }
      const middle = (name: keyof Measured) => median(samples.map((sample) => sample[name]));
      measured.push({
        apps,
        provider: middle("provider"),
        terraform: middle("terraform"),
        wall: middle("wall"),
        memory: middle("memory"),
      });
    }
    return measured;
  };
  // A state that nothing is ever written to: all is to be made.
  const created = await measure("created", join(scratch, "nothing"));
  const deployed = await measure("deployed", environment["KEYLESS_STATE_DIRECTORY"] ?? "");
  return [
    ...figures.flatMap((figure) => rowsOf(`plan to create, ${figure.name}`, figure, created)),
    ...figures.flatMap((figure) => rowsOf(`plan of what is deployed, ${figure.name}`, figure, deployed)),
  ];
}

async function bundledCopies(): Promise<string> {
  const outfile = join(root, ".keyless", "bench", "deploy-copies.cjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["bench/deploy/copies.ts"],
    bundle: true,
    platform: "node",
    format: "cjs",
    packages: "external",
    outfile,
    logLevel: "error",
  });
  return outfile;
}

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly of: (measured: Measured) => number;
}

const figures: readonly Figure[] = [
  { name: "provider's processor time", unit: "ms", of: ({ provider }) => provider },
  { name: "Terraform's processor time", unit: "ms", of: ({ terraform }) => terraform },
  { name: "time", unit: "ms", of: ({ wall }) => wall },
  { name: "memory of the twin", unit: "MiB", of: ({ memory }) => memory },
];

/** What one more app adds, from one size to the next; steady growth shows as a ratio near 1. */
function rowsOf(what: string, { unit, of }: Figure, measured: readonly Measured[]): readonly Row[] {
  const [smallest] = measured;
  const steps = measured.slice(1).map((size, index) => {
    const before = measured[index] ?? size;
    return { before, size, each: (of(size) - of(before)) / (size.apps - before.apps) };
  });
  const [first] = steps;
  return [
    ...(smallest === undefined ? [] : [{ name: `${what}, ${smallest.apps} apps`, median: of(smallest), unit }]),
    ...steps.map(({ before, size, each }) => ({
      name: `${what}, one more app, from ${before.apps} to ${size.apps}`,
      median: each,
      unit,
      ...(first === undefined || first.size === size
        ? {}
        : { ratio: { to: `from ${first.before.apps} to ${first.size.apps}`, value: each / first.each } }),
    })),
  ];
}
