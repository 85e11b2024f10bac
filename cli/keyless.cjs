#!/usr/bin/env node
/** Entry of the `keyless` command: checks what must be there, bundles the TypeScript and runs it. */
"use strict";

const path = require("node:path");

const root = path.dirname(__dirname);
const outfile = path.join(root, ".keyless", "cli", "keyless.cjs");
const [major, minor] = process.versions.node.split(".").map(Number);

async function main() {
  if (major < 20 || (major === 20 && minor < 19)) {
    return fail(`Node.js 20.19 or newer is needed, this is ${process.versions.node}: https://nodejs.org`);
  }
  let esbuild;
  try {
    esbuild = require("esbuild");
  } catch {
    return fail("the packages are not installed. Run: npm ci");
  }
  try {
    // Packages stay outside; only our own files are read, so this takes a moment at each start and nothing is ever stale.
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: ["cli/main.ts"],
      outfile,
      bundle: true,
      packages: "external",
      platform: "node",
      target: "node20",
      format: "cjs",
      sourcemap: "inline",
      sourcesContent: false,
      logLevel: "silent",
    });
  } catch (error) {
    const [first] = error.errors ?? [];
    const place = first?.location ? `${first.location.file}:${first.location.line}: ` : "";
    return fail(first ? `${place}${first.text}` : error.message);
  }
  process.setSourceMapsEnabled(true);
  require(outfile);
}

function fail(problem) {
  process.stderr.write(`keyless: ${problem}\n`);
  process.exitCode = 1;
}

main();
