/**
 * Synthesizes the environments into cdktf.out: bundles main.ts with esbuild and runs the bundle in this process. The
 * bundle and V8's code for it are kept and used again until something that went into them changes; then not even
 * esbuild is loaded.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { Script } = require("node:vm");

const root = path.dirname(__dirname);
const directory = path.join(root, ".keyless", "synth");
const recordFile = path.join(directory, "inputs.json");

/** Beside what esbuild reads: what decides how it reads, and the one file in which npm records what is installed. */
const furtherInputs = ["cli/synth.cjs", "tsconfig.json", "package-lock.json", "node_modules/.package-lock.json"];

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

async function main() {
  process.env.CDKTF_OUTDIR ??= path.join(root, "cdktf.out");
  const bundleFile = keptBundle() ?? (await build());
  if (bundleFile === undefined) process.exitCode = 1;
  else run(bundleFile);
}

/** The kept bundle, unless there is none or something that went into it has changed. */
function keptBundle() {
  const record = contentOf(recordFile);
  if (record === undefined) return undefined;
  const { inputs, bundle } = JSON.parse(record);
  const unchanged = Object.entries(inputs).every(([file, digest]) => digestOf(path.join(root, file)) === digest);
  const file = path.join(directory, bundle);
  return unchanged && fs.existsSync(file) ? file : undefined;
}

/** Bundles main.ts; prints one line for each error and returns nothing where that fails. */
async function build() {
  try {
    const result = await require("esbuild").build({
      absWorkingDir: root,
      entryPoints: ["main.ts"],
      write: false,
      bundle: true,
      // The handlers' bundles are made by it while the program runs.
      external: ["esbuild"],
      platform: "node",
      target: "node20",
      charset: "ascii",
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: "none",
      logLevel: "silent",
      metafile: true,
      plugins: [withoutCreationStacks],
    });
    return keep(result.outputFiles[0].contents, Object.keys(result.metafile.inputs));
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error;
    for (const { text, location } of error.errors) {
      const place = location === null ? "main.ts" : `${location.file}:${location.line}:${location.column + 1}`;
      process.stderr.write(`${place}: ${text}\n`);
    }
    return undefined;
  }
}

/** Own files are looked at one by one; packages change with an installation only. Returns the bundle's file. */
function keep(bundle, bundled) {
  const own = bundled.filter((file) => !file.startsWith("node_modules/"));
  const inputs = Object.fromEntries([...own, ...furtherInputs].map((file) => [file, digestOf(path.join(root, file))]));
  const name = `${digest(bundle)}.cjs`;
  fs.mkdirSync(directory, { recursive: true });
  replace(path.join(directory, name), bundle);
  replace(recordFile, JSON.stringify({ bundle: name, inputs }));
  for (const other of fs.readdirSync(directory)) {
    if (/\.cjs(\.code)?$/.test(other) && !other.startsWith(name))
      fs.rmSync(path.join(directory, other), { force: true });
  }
  return path.join(directory, name);
}

function run(bundleFile) {
  const codeFile = `${bundleFile}.code`;
  const cachedData = contentOf(codeFile, null);
  // The bundle is ASCII; as Latin-1 it is read without decoding.
  const source = `(function (exports, require, module, __filename, __dirname) {${contentOf(bundleFile, "latin1")}\n})`;
  const script = new Script(source, { filename: bundleFile, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundleFile), module, bundleFile, directory);
  // Only now: what ran is compiled and so goes into it. V8 itself refuses the code of another source or version.
  if (cachedData === undefined || script.cachedDataRejected) replace(codeFile, script.createCachedData());
}

function contentOf(file, encoding = "utf8") {
  try {
    return fs.readFileSync(file, encoding);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function digestOf(file) {
  const content = contentOf(file, null);
  return content === undefined ? null : digest(content);
}

function digest(content) {
  return createHash("sha256").update(content).digest("hex");
}

/** Whole or not at all: another process may be reading. */
function replace(file, content) {
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, content);
  fs.renameSync(temporary, file);
}

main();
