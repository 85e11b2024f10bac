/**
 * Synthesizes the environments into cdktf.out: bundles main.ts and runs the bundle in this process. The bundle is kept
 * until something that went into it changes.
 */
const fs = require("node:fs");
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

/**
 * cdktf makes a context, with closures and a path, for each value that it looks for tokens in. Most values hold none, and
 * resolve to themselves.
 */
const withoutContextsForPlainValues = changed("tokens/private/resolve.js", [
  ['const pathName = "/" + prefix.join("/");', 'const pathName = { toString: () => "/" + prefix.join("/") };'],
  ["const resolvedKey = makeContext()", "const resolvedKey = isPlain(key) ? key : makeContext()"],
  ["const value = makeContext(key)", "const value = isPlain(obj[key]) ? obj[key] : makeContext(key)"],
  [".map((x, i) => makeContext(", ".map((x, i) => isPlain(x) ? x : makeContext("],
  ["class RememberingTokenResolver", `${isPlain}\nclass RememberingTokenResolver`],
]);

/** Archives are made of assets, of which there are none here. */
const withArchiverWhenUsed = changed("private/fs.js", [
  ['const archiver = require("archiver");', ""],
  ['archiver("zip"', 'require("archiver")("zip"'],
]);

/** A file of cdktf's with some texts replaced, each of which must stand in it once: another version may need other changes. */
function changed(name, replacements) {
  const end = `/cdktf/lib/${name}`;
  return {
    name: `changed ${name}`,
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]cdktf[\\/]lib[\\/].*\.js$/ }, ({ path: file }) => {
        if (!file.replaceAll("\\", "/").endsWith(end)) return undefined;
        let contents = fs.readFileSync(file, "utf8");
        for (const [before, after] of replacements) {
          if (contents.split(before).length !== 2) throw new Error(`${end} is not what cli/synth.cjs was written for`);
          contents = contents.replace(before, () => after);
        }
        return { contents };
      });
    },
  };
}

/** Whether a value is none of cdktf's tokens and holds none: they read ${TfToken[...]}, or as a number -1.888...e+289. */
function isPlain(value) {
  switch (typeof value) {
    case "string":
      return !value.includes("TfToken[") && !value.includes("e+28") && !value.endsWith("Map Token Value");
    case "number":
      return value > -123456789;
    case "object":
      return value === null;
    default:
      return typeof value === "boolean" || value === undefined;
  }
}

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
    plugins: [withoutCreationStacks, withoutContextsForPlainValues, withArchiverWhenUsed],
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
