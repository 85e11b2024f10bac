import { createReadStream } from "node:fs";
import { errorCode } from "../../handlers/runtime";
import { verifyAudit } from "../../handlers/token-broker";
import { UserError } from "../user-error";
import { type CommandSurroundings, printing } from "./surroundings";

export interface AuditVerifyCommandOptions {
  /** Audit files, or logs with the audit in them, oldest first. */
  readonly files: readonly string[];
  /** Whether what came before the first line may be elsewhere. */
  readonly continues?: boolean | undefined;
  /** Hashes that lines must have: kept elsewhere, they show that nothing up to there was cut off or written anew. */
  readonly expect?: readonly string[] | undefined;
  /** Hash that a chain must end with: nothing was cut off or added at its end. */
  readonly expectLast?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `keyless audit verify`: finds lines that were removed, altered, added or moved.
 *
 * @returns The exit code: 0 when there are none, else 1.
 * @throws {UserError} When a file cannot be read.
 */
export async function auditVerifyCommand(
  { files, continues = false, expect = [], expectLast, json = false }: AuditVerifyCommandOptions,
  { print }: Pick<CommandSurroundings, "print"> = printing,
): Promise<number> {
  if (files.length === 0) throw new UserError("expected at least one audit file");
  const reader = new LineReader(files);
  const verification = await verifyAudit(reader.lines(), expect);
  const { lines, findings, chains, missing } = verification;
  const isEndMissing = expectLast !== undefined && !chains.some(({ hash }) => hash === expectLast);
  const hasNoBeginning = verification.isBeginningMissing && !continues;
  const found = findings.filter(({ kind }) => kind === "problem").length;
  const problems = found + missing.length + Number(isEndMissing) + Number(hasNoBeginning);
  if (json) {
    print(`${JSON.stringify({ ...verification, isEndMissing }, null, 2)}\n`);
  } else {
    for (const { line, kind, text } of findings) print(`${kind}: ${reader.placeOf(line)}: ${text}\n`);
    if (hasNoBeginning) {
      print("problem: lines before the first are missing: name the earlier files as well, or give --continues\n");
    }
    for (const hash of missing) print(`problem: no line has the hash ${hash}: lines were cut off or written anew\n`);
    if (isEndMissing) print("problem: no chain ends with the expected hash: lines at the end are missing or added\n");
    for (const { chain, sequence, hash } of chains) print(`chain ${chain}: ${sequence} lines, the last is ${hash}\n`);
    const whole = verification.isBeginningMissing
      ? "none behind the first removed, altered or moved"
      : "none removed, altered or moved";
    print(`${lines} lines, ${problems === 0 ? whole : `${problems} problem${problems === 1 ? "" : "s"}`}\n`);
  }
  return problems === 0 && lines > 0 ? 0 : 1;
}

/** Characters; a line of the audit has some hundred. What is longer is cut there, and is then no JSON. */
const longestLine = 1024 * 1024;

class LineReader {
  readonly #files: readonly string[];
  /** How many lines there are before each file. */
  readonly #before: number[] = [];
  #count = 0;

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  /** @param line Counted over all files, from 1. */
  placeOf(line: number): string {
    const index = this.#before.findLastIndex((before) => before < line);
    const place = `line ${line - (this.#before[index] ?? 0)}`;
    return this.#files.length === 1 ? place : `${this.#files[index]}, ${place}`;
  }

  /** @throws {UserError} */
  async *lines(): AsyncGenerator<string> {
    for (const file of this.#files) {
      this.#before.push(this.#count);
      try {
        for await (const line of splitLines(createReadStream(file, "utf8"))) {
          this.#count += 1;
          yield line;
        }
      } catch (error) {
        throw new UserError(`cannot read ${file} (${errorCode(error) ?? "unreadable"})`);
      }
    }
  }
}

/**
 * At line feeds alone: other characters that end a line for people stand in a log as they are, and in what others have
 * sent.
 */
async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of chunks) {
    const parts = (rest.length > longestLine ? rest.slice(0, longestLine) : rest).concat(chunk).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
