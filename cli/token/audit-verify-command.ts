import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { errorCode } from "../../handlers/runtime";
import { verifyAudit } from "../../handlers/token-broker";
import { UserError } from "../user-error";
import { type CommandSurroundings, printing } from "./surroundings";

export interface AuditVerifyCommandOptions {
  /** Audit files, or logs with the audit in them, oldest first. */
  readonly files: readonly string[];
  /** Hash that a chain must end with: kept elsewhere, it shows that nothing was cut off at the end. */
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
  { files, expectLast, json = false }: AuditVerifyCommandOptions,
  { print }: Pick<CommandSurroundings, "print"> = printing,
): Promise<number> {
  if (files.length === 0) throw new UserError("expected at least one audit file");
  const verification = await verifyAudit(linesOf(files));
  const { lines, findings, chains } = verification;
  const isEndMissing = expectLast !== undefined && !chains.some(({ hash }) => hash === expectLast);
  const problems = findings.filter(({ kind }) => kind === "problem").length + (isEndMissing ? 1 : 0);
  if (json) {
    print(`${JSON.stringify({ ...verification, isEndMissing }, null, 2)}\n`);
  } else {
    for (const { line, kind, text } of findings) print(`${kind}: line ${line}: ${text}\n`);
    if (isEndMissing) print("problem: no chain ends with the expected hash: lines at the end are missing\n");
    for (const { chain, sequence, hash } of chains) print(`chain ${chain}: ${sequence} lines, the last is ${hash}\n`);
    print(
      `${lines} lines, ${problems === 0 ? "none removed, altered or moved" : `${problems} problem${problems === 1 ? "" : "s"}`}\n`,
    );
  }
  return problems === 0 && lines > 0 ? 0 : 1;
}

async function* linesOf(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) {
    try {
      yield* createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
    } catch (error) {
      throw new UserError(`cannot read ${file} (${errorCode(error) ?? "unreadable"})`);
    }
  }
}
