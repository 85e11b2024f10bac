import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleProgram } from "../../images/recipe/bundle";
import { projectDirectory } from "../../twin";
import { type Contender, measureInTurn } from "../measure";
import type { Row } from "../report";
import { brokerConfiguration } from "./broker";
import { bundled } from "./bundled";
import { serverProcessor, startChild } from "./child";
import type { Scene } from "./reads";

const entryPoint = "handlers/token-broker/main.ts";

/** From the start of the process to listening, beside an empty server with the same packages. */
export async function startRows({ certificates, google, rounds, progress }: Scene): Promise<readonly Row[]> {
  const broker = bundled(entryPoint);
  const empty = bundled(writeEmptyServer());
  const environment = {
    PORT: "0",
    HOST: "127.0.0.1",
    KEYLESS_CONFIG: brokerConfiguration(certificates, { hasAdmin: false }),
    KEYLESS_ENDPOINTS: JSON.stringify({ securityTokenService: google.origin, iamCredentials: google.origin }),
  };
  const contenders: readonly Contender[] = [
    { name: "token broker, from start to listening", sample: () => untilListening(broker, environment) },
    { name: "empty fastify server with the same packages", sample: () => untilListening(empty, environment) },
  ];
  const [ours, theirs] = await measureInTurn(contenders, rounds * 4, progress);
  if (ours === undefined || theirs === undefined) throw new Error("two contenders give two medians");
  const value = ours.medianMilliseconds / theirs.medianMilliseconds;
  return [
    {
      name: ours.name,
      median: ours.medianMilliseconds,
      unit: "ms",
      ratio: { to: "the empty one", value, target: "at most 1.25" },
    },
    { name: theirs.name, median: theirs.medianMilliseconds, unit: "ms" },
  ];
}

async function untilListening(program: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const began = performance.now();
  const child = startChild(serverProcessor, process.execPath, [program], environment);
  await child.line("listening on ");
  const took = performance.now() - began;
  await child.stop();
  return took;
}

/** `import { a, b as c } from "package"`: what is imported for its value. */
const valueImport = /^import (?!type )(.+?) from "([^".][^"]*)";$/gms;

/** A server that answers nothing and imports what the broker's own files import of packages. @returns Its path. */
function writeEmptyServer(): string {
  const root = projectDirectory();
  const names = new Map<string, Set<string>>();
  for (const input of bundleProgram(root, entryPoint).inputs) {
    if (input.includes("node_modules")) continue;
    for (const [, clause = "", name = ""] of readFileSync(join(root, input), "utf8").matchAll(valueImport)) {
      if (name.startsWith("node:")) continue;
      const known = names.get(name) ?? new Set();
      for (const each of namesIn(clause)) known.add(each);
      names.set(name, known);
    }
  }
  const lines: string[] = [];
  const kept: string[] = [];
  for (const [index, [name, imported]] of [...names].sort().entries()) {
    for (const each of imported) {
      const local = `${each}_${index}`;
      kept.push(local);
      lines.push(`import { ${each} as ${local} } from ${JSON.stringify(name)};`);
    }
  }
  lines.push(
    'import Fastify from "fastify";',
    `(globalThis as { kept?: unknown }).kept = [${kept.join(", ")}];`,
    "const app = Fastify();",
    'app.listen({ port: 0, host: "127.0.0.1" }).then((address) => process.stdout.write("listening on " + address + "\\n"));',
  );
  const file = join(root, ".keyless", "bench", "empty-server.ts");
  writeFileSync(file, lines.join("\n"));
  return ".keyless/bench/empty-server.ts";
}

function namesIn(clause: string): string[] {
  const [before = "", braced = ""] = clause.split(/[{}]/);
  const whole = /^\s*(\w+)/.exec(before)?.[1];
  const named = braced
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "" && !each.startsWith("type "))
    .map((each) => each.split(" as ")[0] ?? each);
  return whole === undefined ? named : ["default", ...named];
}
