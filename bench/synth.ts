import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { projectDirectory } from "../twin";
import { type Contender, measureInTurn, median } from "./measure";
import type { Report, Row } from "./report";
import { output } from "./run";
import { versionsOf } from "./versions";

const root = projectDirectory();
const sizes = { apps: [10, 20, 100, 200, 300], environments: [1, 2, 10, 20] } as const;

/** Synthesis of all environments, beside merely importing the libraries and beside the usual practice; and how it grows. */
export async function synthBench(rounds = 7, progress: (text: string) => void): Promise<Report> {
  const scratch = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  try {
    const imports = ["cdktf", "constructs", ...bindings()].map((name) => `require(${JSON.stringify(name)});`).join("");
    const contenders: readonly Contender[] = [
      {
        name: "keyless synth, three environments",
        sample: () => timed("node", ["cli/synth.cjs"], { CDKTF_OUTDIR: join(scratch, "keyless") }),
      },
      { name: "importing cdktf and the same bindings", sample: () => timed("node", ["-e", imports], {}) },
      {
        name: "cdktf synth with ts-node, type-checking",
        sample: () =>
          timed(
            "node",
            [
              "node_modules/cdktf-cli/bundle/bin/cdktf",
              "synth",
              "--app",
              "node -r ts-node/register main.ts",
              "--output",
              join(scratch, "ts-node"),
            ],
            { TS_NODE_PROJECT: "bench/ts-node.tsconfig.json", TS_NODE_COMPILER: "typescript-5" },
          ),
      },
    ];
    // Once unmeasured, so that every contender's caches are warm.
    for (const contender of contenders) {
      progress(`warming up: ${contender.name}`);
      await contender.sample();
    }
    const measurements = await measureInTurn(contenders, rounds, progress);
    const [ours, importing, usual] = measurements.map(({ medianMilliseconds }) => medianMilliseconds);
    if (ours === undefined || importing === undefined || usual === undefined)
      throw new Error("three contenders give three medians");
    const rows: Row[] = measurements.map(({ name, medianMilliseconds }) => ({
      name,
      median: medianMilliseconds,
      unit: "ms",
    }));
    rows[0] = {
      name: rows[0]?.name ?? "",
      median: ours,
      unit: "ms",
      ratio: { to: "importing", value: ours / importing, target: "at most 1.6" },
    };
    rows[2] = {
      name: rows[2]?.name ?? "",
      median: usual,
      unit: "ms",
      ratio: { to: "keyless synth", value: usual / ours, target: "at least 5" },
    };
    const growth = await growthRows(scratch, Math.max(3, Math.ceil(rounds / 2)), progress);
    return {
      bench: "synth",
      question: "how long does synthesis take, beside its peers, and how does it grow?",
      versions: versionsOf([
        "cdktf",
        "cdktf-cli",
        "@cdktf/provider-google",
        "@cdktf/provider-azuread",
        "ts-node",
        "typescript-5",
        "esbuild",
      ]),
      rounds,
      rows: [...rows, ...growth],
      notes: [
        "Growth: time that one more app or environment adds, between two sizes; constant growth shows as ratios near 1. Each app's configuration names all apps, for its menu, so that many apps grow faster.",
      ],
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The provider modules that the constructs import. */
function bindings(): readonly string[] {
  const sources = ["constructs", "environments"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => join(root, folder, file)),
  );
  const found = sources.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/from "(@cdktf\/provider-[^"]+)"/g)].map(([, name = ""]) => name),
  );
  return [...new Set(found)].sort();
}

async function growthRows(scratch: string, rounds: number, progress: (text: string) => void): Promise<readonly Row[]> {
  const bundle = join(root, ".keyless", "bench", "synth-growth.cjs");
  await build({
    entryPoints: [join(root, "bench/synth-growth.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    packages: "external",
    outfile: bundle,
    logLevel: "error",
  });
  const rows: Row[] = [];
  for (const dimension of ["apps", "environments"] as const) {
    const medians = new Map<number, number>();
    for (const size of sizes[dimension]) {
      const samples: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        progress(`growth: ${size} ${dimension}, round ${round + 1} of ${rounds}`);
        samples.push(Number(await output("node", [bundle, dimension, String(size), join(scratch, "growth")])));
      }
      medians.set(size, median(samples));
    }
    const steps = sizes[dimension].slice(1).map((size, index) => {
      const before = sizes[dimension][index] ?? 0;
      return { before, size, each: ((medians.get(size) ?? 0) - (medians.get(before) ?? 0)) / (size - before) };
    });
    const reference = steps[0];
    for (const { before, size, each } of steps) {
      rows.push({
        name: `one more of ${dimension}, from ${before} to ${size}`,
        median: each,
        unit: "ms",
        ...(reference === undefined || size === reference.size
          ? {}
          : { ratio: { to: `from ${reference.before} to ${reference.size}`, value: each / reference.each } }),
      });
    }
  }
  return rows;
}

async function timed(
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const started = performance.now();
  await output(command, parameters, environment);
  return performance.now() - started;
}
