import { z } from "zod";
import { parseJsonDocument } from "../../runtime";
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
  /** Whether the first line follows others, which are in an earlier file or were removed. */
  readonly isBeginningMissing: boolean;
  /** Of the hashes that were expected, those that no line has. */
  readonly missing: readonly string[];
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
  /** The last one; undefined where it is in an earlier file. */
  hash: string | undefined;
  /** Whether nothing of it was read before. */
  isFirst: boolean;
  isEnded: boolean;
}

/**
 * Reads the lines of an audit file, or of a log with the audit in it, in their order, and finds every line that was
 * removed, altered, added or moved. The end of a chain that has no last line of its own can have been cut off: only its
 * hash, kept elsewhere, shows that.
 *
 * @param expected Hashes that were kept elsewhere: nothing up to a line that has one was cut off or written anew.
 */
export async function verifyAudit(
  lines: AsyncIterable<string> | Iterable<string>,
  expected: readonly string[] = [],
): Promise<AuditVerification> {
  const verifier = new Verifier(expected);
  for await (const line of lines) verifier.read(line);
  return verifier.result();
}

/** How many hashes are remembered: a process begins behind one of the last lines of another. */
const rememberedEnds = 100_000;

class Verifier {
  readonly #chains = new Map<string, Chain>();
  /** How many chains had begun when a hash was read. */
  readonly #ends = new Map<string, number>();
  readonly #findings: AuditFinding[] = [];
  readonly #missing: Set<string>;
  #isBeginningMissing = false;
  #number = 0;
  #count = 0;

  constructor(expected: readonly string[]) {
    this.#missing = new Set(expected);
  }

  read(text: string): void {
    this.#number++;
    if (text.trim() === "") return;
    const object = auditObject(text);
    if (object === "none") return;
    if (object === "no object") {
      this.#find("note", "not JSON: passed over");
      return;
    }
    const parsed = lineSchema.safeParse(object);
    if (!parsed.success) {
      this.#find("problem", "not a line of the audit, or damaged");
      return;
    }
    this.#count++;
    const line = parsed.data;
    const chain = this.#chains.get(line.auditChain) ?? this.#begin(line);
    try {
      if (this.#isNext(chain, line)) this.#take(chain, line);
    } catch (error) {
      // Nested deeper than this process can follow, which no line is.
      if (!(error instanceof RangeError)) throw error;
      this.#find("problem", "not a line of the audit, or damaged");
    }
  }

  result(): AuditVerification {
    for (const [id, { isEnded, sequence }] of this.#chains) {
      if (!isEnded) this.#find("note", `chain ${id} has no end: the process runs, or crashed, after line ${sequence}`);
    }
    const chains = [...this.#chains].map(([chain, { sequence, hash = "" }]) => ({ chain, sequence, hash }));
    return {
      lines: this.#count,
      findings: this.#findings,
      chains,
      isBeginningMissing: this.#isBeginningMissing,
      missing: [...this.#missing],
    };
  }

  #begin({ auditChain, auditSequence }: Line): Chain {
    const isFirstOfAll = this.#chains.size === 0;
    if (auditSequence > 1) {
      if (isFirstOfAll) {
        this.#isBeginningMissing = true;
        this.#find(
          "note",
          `begins with line ${auditSequence} of a chain: those before are in an earlier file, or removed`,
        );
      } else {
        this.#find("problem", `${lines(1, auditSequence - 1)} of a chain are missing`);
      }
    }
    const chain = { sequence: auditSequence - 1, hash: undefined, isFirst: true, isEnded: false };
    this.#chains.set(auditChain, chain);
    return chain;
  }

  #isNext({ sequence, isEnded }: Chain, { auditSequence }: Line): boolean {
    const expected = sequence + 1;
    if (isEnded) this.#find("problem", "a line follows the end of its chain");
    if (auditSequence < expected) {
      this.#find("problem", `line ${auditSequence} of its chain stands behind line ${sequence}: moved, or there twice`);
      return false;
    }
    if (auditSequence > expected) {
      this.#find("problem", `${lines(expected, auditSequence - 1)} of its chain removed, or moved behind this one`);
    }
    return true;
  }

  #take(chain: Chain, line: Line): void {
    const { auditSequence, auditPrevious, auditHash, event } = line;
    const hasGap = auditSequence !== chain.sequence + 1;
    if (hashOf(line) !== auditHash) this.#find("problem", "the line was altered: the hash does not fit");
    if (chain.isFirst) this.#checkBeginning(auditSequence, auditPrevious);
    else if (!hasGap && auditPrevious !== chain.hash) {
      this.#find("problem", "the line does not follow the one before it: that one was altered");
    }
    chain.sequence = auditSequence;
    chain.isEnded = event === "audit_stopped";
    chain.isFirst = false;
    chain.hash = auditHash;
    this.#missing.delete(auditHash);
    this.#remember(auditHash);
  }

  #remember(hash: string): void {
    this.#ends.set(hash, this.#chains.size);
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > rememberedEnds && oldest !== undefined) this.#ends.delete(oldest);
  }

  /** Whether what a chain names as its beginning is where the ones that were read have ended. */
  #checkBeginning(from: number, previous: string): void {
    // Every process that writes to a log, or to a new file, begins anew.
    if (from !== 1 || previous === genesisHash) return;
    const chainsBefore = this.#ends.get(previous);
    // Of two processes one of which is about to end, the next line may still be the other's: no chain has begun in between.
    if (chainsBefore === this.#chains.size - 1) return;
    if (chainsBefore !== undefined) {
      this.#find("problem", "a chain begins behind a line that others already followed: chains were added or moved");
    } else if (this.#chains.size === 1) {
      this.#isBeginningMissing = true;
      this.#find("note", "the first line follows one that is in an earlier file, or removed");
    } else this.#find("problem", "a chain begins behind a line that is not here: lines are missing");
  }

  #find(kind: AuditFinding["kind"], text: string): void {
    this.#findings.push({ line: this.#number, kind, text });
  }
}

const lines = (from: number, to: number): string => (from === to ? `line ${from}` : `lines ${from} to ${to}`);

const exported = z.looseObject({ jsonPayload: z.looseObject({}) });

/**
 * The object of a line, or of an entry as Cloud Logging exports it; "none" for lines of a log that are not the audit's, and
 * "no object" for what never was one, such as a warning of the runtime in a log.
 */
function auditObject(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text.trimStart().startsWith("{") || text.includes("audit") ? undefined : "no object";
  }
  const entry = exported.safeParse(value);
  const object = entry.success ? entry.data.jsonPayload : value;
  const isAudit =
    typeof object === "object" && object !== null && Object.keys(object).some((name) => name.startsWith("audit"));
  if (!isAudit) return "none";
  // Of a member that stands twice the last one counts here, and the first one for a reader.
  return parseJsonDocument(text).ok ? object : undefined;
}
