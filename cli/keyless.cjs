#!/usr/bin/env node
/** Entry of the `keyless` command: checks what must be there, bundles the TypeScript and runs it. */
"use strict";

const fs = require("node:fs");
const { SourceMap } = require("node:module");
const path = require("node:path");

const root = path.dirname(__dirname);
const [major, minor] = process.versions.node.split(".").map(Number);

/** Packages that every command loads: bundled, they come with V8's code for them. All others stay where they are. */
const bundledPackages = /^(commander|zod)(\/|$)/;

const packagesOutside = {
  name: "packages-outside",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path: name, kind, importer }) => {
      if (kind === "entry-point" || bundledPackages.test(name) || importer.includes("node_modules")) return undefined;
      return { path: name, external: true };
    });
  },
};

const program = {
  root,
  directory: path.join(root, ".keyless", "cli"),
  entry: "cli/main.ts",
  caller: "cli/keyless.cjs",
  options: { sourcemap: "external", sourcesContent: false, plugins: [packagesOutside] },
};

async function main() {
  if (major < 20 || (major === 20 && minor < 19)) {
    return fail(`Node.js 20.19 or newer is needed, this is ${process.versions.node}: https://nodejs.org`);
  }
  if (!fs.existsSync(path.join(root, "node_modules", "esbuild"))) {
    return fail("the packages are not installed. Run: npm ci");
  }
  const { bundled, run } = require("./kept-bundle.cjs");
  let bundle;
  try {
    bundle = await bundled(program);
  } catch (error) {
    const [first] = error.errors ?? [];
    const place = first?.location ? `${first.location.file}:${first.location.line}: ` : "";
    return fail(first ? `${place}${first.text}` : error.message);
  }
  nameSources(bundle.file);
  const [command = "help"] = process.argv.slice(2);
  const use = /^[a-z]{1,16}$/.test(command) ? command : "other";
  // A command that failed has run little, or does not exist.
  run(bundle, { use, afterwards: (keep) => process.once("exit", (code) => code !== 1 && keep()) });
}

/** Stack traces name the places of the source. The map is read with the first trace, which most commands end without. */
function nameSources(bundleFile) {
  let map;
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map((frame) => {
      const text = frame.toString();
      if (frame.getFileName() !== bundleFile) return text;
      const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
      map ??= readMap(`${bundleFile}.map`);
      const { originalSource, originalLine, originalColumn } = map?.findEntry(line - 1, column - 1) ?? {};
      if (originalSource === undefined) return text;
      const source = path.relative(root, path.resolve(path.dirname(bundleFile), originalSource));
      return text.replace(`${bundleFile}:${line}:${column}`, `${source}:${originalLine + 1}:${originalColumn + 1}`);
    });
    return [String(error), ...lines.map((line) => `    at ${line}`)].join("\n");
  };
}

function readMap(file) {
  try {
    return new SourceMap(JSON.parse(fs.readFileSync(file, "utf8")));
  } catch {
    // Another process has just replaced the bundle; the trace then names places of the bundle.
    return undefined;
  }
}

function fail(problem) {
  process.stderr.write(`keyless: ${problem}\n`);
  process.exitCode = 1;
}

main();
