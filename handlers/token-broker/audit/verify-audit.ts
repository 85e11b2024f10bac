import { z } from "zod";
import { genesisHash, hashOf } from "./audit-chain";

/** What is wrong at a line, and what is only worth knowing. */
export interface AuditFinding {
  /** Counted from 1. */
  readonly line: number;
  readonly kind: "problem" | "note";
  readonly text: string;
}

export interface AuditVerification {
  /** Lines of the audit; other lines of a log are passed over. */
  readonly lines: number;
  readonly findings: readonly AuditFinding[];
  /** Each process from start to end, in order. `hash` is the last line's: kept elsewhere, it shows that nothing was cut off. */
  readonly chains: readonly { readonly chain: string; readonly sequence: number; readonly hash: string }[];
}

const lineSchema = z.looseObject({
  event: z.string(),
  auditChain: z.uuid(),
  auditSequence: z.int().positive(),
  auditPrevious: z.string(),
  auditHash: z.string(),
});
type Line = z.output<typeof lineSchema>;

interface Chain {
  sequence: number;
  hash: string;
  isEnded: boolean;
}

/**
 * Reads the lines of an audit file, or of a log with the audit in it, in their order, and finds every line that was
 * removed, altered, added or moved. The end of a chain that has no last line of its own can have been cut off: only its
 * hash, kept elsewhere, shows that.
 */
export async function verifyAudit(lines: AsyncIterable<string> | Iterable<string>): Promise<AuditVerification> {
  const verifier = new Verifier();
  for await (const line of lines) verifier.read(line);
  return verifier.result();
}

class Verifier {
  readonly #chains = new Map<string, Chain>();
  readonly #ends = new Set<string>([genesisHash]);
  readonly #findings: AuditFinding[] = [];
  #number = 0;
  #count = 0;

  read(text: string): void {
    this.#number++;
    if (text.trim() === "") return;
    const object = auditObject(text);
    if (object === "none") return;
    const parsed = lineSchema.safeParse(object);
    if (!parsed.success) {
      this.#find("problem", "not a line of the audit, or damaged");
      return;
    }
    this.#count++;
    const line = parsed.data;
    if (hashOf(line) !== line.auditHash) this.#find("problem", "the line was altered: its hash does not fit");
    const chain = this.#chains.get(line.auditChain);
    if (chain === undefined) this.#begin(line);
    else this.#continue(chain, line);
  }

  result(): AuditVerification {
    for (const [id, { isEnded, sequence }] of this.#chains) {
      if (!isEnded) this.#find("note", `chain ${id} has no end: the process runs, or crashed, after line ${sequence}`);
    }
    const chains = [...this.#chains].map(([chain, { sequence, hash }]) => ({ chain, sequence, hash }));
    return { lines: this.#count, findings: this.#findings, chains };
  }

  #begin(line: Line): void {
    const isFirst = this.#chains.size === 0;
    if (line.auditSequence === 1) {
      if (!this.#ends.has(line.auditPrevious)) {
        if (isFirst) this.#find("note", "the first line follows one of an earlier file");
        else this.#find("problem", "a chain begins behind a line that is not here: lines are missing");
      }
    } else if (isFirst) {
      this.#find("note", `begins with line ${line.auditSequence} of a chain whose first lines are in an earlier file`);
    } else {
      this.#find("problem", `lines 1 to ${line.auditSequence - 1} of a chain are missing`);
    }
    this.#set(line);
  }

  #continue({ sequence, hash, isEnded }: Chain, line: Line): void {
    const expected = sequence + 1;
    if (isEnded) this.#find("problem", "a line follows the end of its chain");
    if (line.auditSequence < expected) {
      this.#find(
        "problem",
        `line ${line.auditSequence} of its chain stands behind line ${sequence}: moved, or there twice`,
      );
      return;
    }
    if (line.auditSequence > expected) {
      this.#find(
        "problem",
        `${missing(expected, line.auditSequence - 1)} of its chain removed, or moved behind this one`,
      );
    } else if (line.auditPrevious !== hash) {
      this.#find("problem", "the line does not follow the one before it: that one was altered");
    }
    this.#set(line);
  }

  #set(line: Line): void {
    const { auditChain, auditSequence: sequence, auditHash: hash, event } = line;
    this.#chains.set(auditChain, { sequence, hash, isEnded: event === "audit_stopped" });
    this.#ends.add(hash);
  }

  #find(kind: AuditFinding["kind"], text: string): void {
    this.#findings.push({ line: this.#number, kind, text });
  }
}

const missing = (from: number, to: number): string => (from === to ? `line ${from}` : `lines ${from} to ${to}`);

const exported = z.looseObject({ jsonPayload: z.looseObject({}) });

/** The object of a line, or of an entry as Cloud Logging exports it; "none" for lines of a log that are not the audit's. */
function auditObject(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const entry = exported.safeParse(value);
  const object = entry.success ? entry.data.jsonPayload : value;
  const isAudit =
    typeof object === "object" && object !== null && Object.keys(object).some((name) => name.startsWith("audit"));
  return isAudit ? object : "none";
}
