/**
 * Bundles of our own TypeScript that are kept, with V8's code for them, and used again until something that went into
 * them changes; then not even esbuild is loaded.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { Script } = require("node:vm");

/** Beside what esbuild reads: what decides how it reads, and the one file in which npm records what is installed. */
const furtherInputs = ["cli/kept-bundle.cjs", "tsconfig.json", "package-lock.json", "node_modules/.package-lock.json"];

/**
 * The kept bundle, unless there is none or something that went into it has changed: then a new one.
 * @param {{ root: string, directory: string, entry: string, caller: string, options: import("esbuild").BuildOptions }} what
 *   `directory` keeps it; `entry` and `caller` (the file that builds, whose text counts too) are relative to `root`
 * @returns {Promise<{ file: string, source: Buffer }>}
 * @throws esbuild's error, with `errors`
 */
async function bundled(what) {
  return kept(what) ?? (await build(what));
}

function kept({ root, directory }) {
  const record = contentOf(path.join(directory, "inputs.json"));
  if (record === undefined) return undefined;
  const { inputs, bundle } = JSON.parse(record.toString());
  if (!Object.entries(inputs).every(([file, digest]) => digestOf(path.join(root, file)) === digest)) return undefined;
  const file = path.join(directory, bundle);
  const source = contentOf(file);
  return source && { file, source };
}

/** Own files are looked at one by one; packages change with an installation only. */
async function build({ root, directory, entry, caller, options }) {
  const { outputFiles, metafile } = await require("esbuild").build({
    ...options,
    absWorkingDir: root,
    entryPoints: [entry],
    // Says where the map's sources lie from; the file is named by its content.
    outfile: path.join(directory, "bundle.cjs"),
    write: false,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    charset: "ascii",
    logLevel: "silent",
    metafile: true,
  });
  const outputOf = (ending) => outputFiles.find((output) => output.path.endsWith(ending))?.contents;
  const source = Buffer.from(outputOf(".cjs"));
  const map = outputOf(".cjs.map");
  const own = Object.keys(metafile.inputs).filter((file) => !file.startsWith("node_modules/"));
  const digests = [...own, caller, ...furtherInputs].map((file) => [file, digestOf(path.join(root, file))]);
  const name = `${digest(source)}.cjs`;
  fs.mkdirSync(directory, { recursive: true });
  replace(path.join(directory, name), source);
  if (map !== undefined) replace(path.join(directory, `${name}.map`), map);
  replace(path.join(directory, "inputs.json"), JSON.stringify({ bundle: name, inputs: Object.fromEntries(digests) }));
  for (const other of fs.readdirSync(directory)) {
    if (/\.cjs(\.map|(\.\w+)?\.code)?$/.test(other) && !other.startsWith(name))
      fs.rmSync(path.join(directory, other), { force: true });
  }
  return { file: path.join(directory, name), source };
}

/**
 * Runs a bundle in this process.
 * @param {{ file: string, source: Buffer }} bundle
 * @param {{ use?: string, afterwards: (keep: () => void) => void }} options `afterwards` calls `keep` when enough has run: what
 *   ran is compiled, and so kept. Where a bundle has several uses that run different parts of it, `use` tells them apart.
 */
function run({ file, source }, { use, afterwards }) {
  const codeFile = use === undefined ? `${file}.code` : `${file}.${use}.code`;
  const cachedData = contentOf(codeFile);
  // The bundle is ASCII; as Latin-1 it is read without decoding.
  const text = `(function (exports, require, module, __filename, __dirname) {${source.toString("latin1")}\n})`;
  const script = new Script(text, { filename: file, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, path.dirname(file));
  // V8 itself refuses the code of another source or version.
  if (cachedData === undefined || script.cachedDataRejected) {
    afterwards(() => replace(codeFile, script.createCachedData()));
  }
}

function contentOf(file) {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function digestOf(file) {
  const content = contentOf(file);
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

module.exports = { bundled, run };
