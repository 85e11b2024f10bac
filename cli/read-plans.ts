import { open } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  type AccountGrant,
  type ConstructPaths,
  documentBytesLimit,
  PlanError,
  type PlanText,
  readConstructPaths,
  readStackPlan,
  type StackPlan,
} from "../review";
import { UserError } from "./user-error";

/** Where plans and what belongs to them are read from. */
export interface PlanSources {
  /**
   * Output of `terraform show -json PLANFILE`, one a stack: `STACK=FILE`, or a file in a folder `stacks/STACK`; `STACK=-`
   * reads standard input.
   */
  readonly plans: readonly string[];
  /** Folder with a folder for each stack that holds its cdk.tf.json, for construct paths; `cdktf.out/stacks` unless given. */
  readonly stacksFolder?: string;
  /** By stack: members of service accounts that Terraform does not know of, where somebody has looked. */
  readonly foreignGrants?: ReadonlyMap<string, readonly AccountGrant[]>;
}

/**
 * Reads the plans in the order given. A stack without a cdk.tf.json goes by addresses, and standard error says so.
 * @param take is given each plan as it was read, with whatever secrets it holds
 * @throws {UserError} in one line
 */
export async function readPlans(
  { plans, stacksFolder = join("cdktf.out", "stacks"), foreignGrants }: PlanSources,
  take: (plan: PlanText) => void = () => undefined,
): Promise<readonly StackPlan[]> {
  if (plans.length === 0) throw new UserError("no plan given; give one as STACK=FILE");
  const sources = plans.map(sourceOf);
  if (sources.filter(({ file }) => file === "-").length > 1)
    throw new UserError("only one plan can come from standard input");
  return sequentially(sources, async ({ stack, file }) => {
    const constructPaths = await constructPathsOf(stack, join(stacksFolder, stack, "cdk.tf.json"));
    const text = await readDocument(file);
    const plan = readStackPlan(text, { stack, constructPaths, foreignGrants: foreignGrants?.get(stack) });
    take({ stack, text });
    return plan;
  });
}

/**
 * Runs what reads or writes reports and turns its errors into such that their message explains.
 * @throws {UserError}
 */
export async function explained<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof PlanError) throw new UserError(error.message);
    if (isFileError(error)) throw new UserError(`${error.path ?? "file"}: ${fileProblems[error.code] ?? error.code}`);
    throw error;
  }
}

/** Text of a file of bounded size, or of standard input for "-". */
export async function readDocument(file: string): Promise<string> {
  return file === "-" ? readBounded(process.stdin, "standard input") : readBoundedFile(file);
}

function sourceOf(given: string): { readonly stack: string; readonly file: string } {
  const named = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)$/s.exec(given);
  if (named?.[1] !== undefined && named[2] !== undefined) return { stack: named[1], file: named[2] };
  const folder = dirname(resolve(given));
  if (basename(dirname(folder)) === "stacks") return { stack: basename(folder), file: given };
  throw new UserError(`which stack is ${given} a plan of? Give it as STACK=${given}`);
}

async function constructPathsOf(stack: string, file: string): Promise<ConstructPaths> {
  let text: string;
  try {
    text = await readBoundedFile(file);
  } catch (error) {
    if (!isFileError(error) || error.code !== "ENOENT") throw error;
    process.stderr.write(`keyless: ${file} is not there, so resources of ${stack} go by their addresses\n`);
    return new Map();
  }
  return readConstructPaths(text, stack);
}

async function readBoundedFile(file: string): Promise<string> {
  const handle = await open(file);
  try {
    if ((await handle.stat()).isDirectory()) throw new UserError(`${file}: this is a folder`);
    return await readBounded(handle.createReadStream({ autoClose: false }), file);
  } finally {
    await handle.close();
  }
}

/** Counts what it reads: a pipe tells no size. */
async function readBounded(stream: AsyncIterable<Buffer | string>, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > documentBytesLimit) throw new UserError(`${name}: larger than ${documentBytesLimit} bytes`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function sequentially<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}

const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "no permission",
  ENOTDIR: "a part of the path is no folder",
};

interface FileError {
  readonly code: string;
  readonly path?: string;
}

/** An error of the operating system, told by its form. */
const isFileError = (error: unknown): error is FileError =>
  typeof error === "object" &&
  error !== null &&
  "syscall" in error &&
  "code" in error &&
  typeof error.code === "string";
