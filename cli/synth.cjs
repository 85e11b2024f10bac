/**
 * Synthesizes the environments into cdktf.out: bundles main.ts and runs the bundle in this process. The bundle is kept
 * until something that went into it changes.
 */
const path = require("node:path");
const { bundled, run } = require("./kept-bundle.cjs");

const root = path.dirname(__dirname);

/**
 * cdktf notes for each token where it was made, with a stack trace as long as it gets: a third of the time of a
 * synthesis, for a hint in errors about tokens.
 */
const withoutCreationStacks = {
  name: "without-creation-stacks",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]tokens[\\/]private[\\/]stack-trace\.js$/ }, () => ({
      contents: "exports.captureStackTrace = () => [];",
    }));
  },
};

const program = {
  root,
  directory: path.join(root, ".keyless", "synth"),
  entry: "main.ts",
  caller: "cli/synth.cjs",
  options: {
    // The handlers' bundles are made by it while the program runs.
    external: ["esbuild"],
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    plugins: [withoutCreationStacks],
  },
};

async function main() {
  process.env.CDKTF_OUTDIR ??= path.join(root, "cdktf.out");
  try {
    run(await bundled(program), { afterwards: (keep) => keep() });
  } catch (error) {
    process.exitCode = 1;
    if (!Array.isArray(error.errors)) {
      // Node.js would quote the line of the bundle, which can be all of it.
      process.stderr.write(`${error?.stack ?? error}\n`);
      return;
    }
    for (const { text, location } of error.errors) {
      const place = location === null ? "main.ts" : `${location.file}:${location.line}:${location.column + 1}`;
      process.stderr.write(`${place}: ${text}\n`);
    }
  }
}

main();
