import { createHash } from "node:crypto";

/** What a line says, before it is part of a chain. */
export type AuditFields = Readonly<Record<string, unknown>> & { readonly event: string };

/** Which place a line has in which chain. */
export interface ChainState {
  /** Of one process from start to end. */
  readonly chain: string;
  /** Of the last line. */
  readonly sequence: number;
  readonly hash: string;
}

/** What the first line of all follows. */
export const genesisHash = "0".repeat(64);

/** Fields that a logger or a log service adds to a line, and takes away: they are not under the hash. */
const transportFields: ReadonlySet<string> = new Set([
  "severity",
  "time",
  "timestamp",
  "serviceContext",
  "message",
  "auditHash",
]);

export interface LinkedLine {
  readonly record: Readonly<Record<string, unknown>>;
  readonly state: ChainState;
}

/** Makes the fields the next line of a chain: each holds the hash of the one before, and its own. */
export function link(fields: AuditFields, previous: ChainState, now: Date): LinkedLine {
  const sequence = previous.sequence + 1;
  const content = {
    ...fields,
    auditTime: now.toISOString(),
    auditChain: previous.chain,
    auditSequence: sequence,
    auditPrevious: previous.hash,
  };
  const hash = hashOf(content);
  return { record: { ...content, auditHash: hash }, state: { chain: previous.chain, sequence, hash } };
}

/** The hash that a line must have, whatever its transport has added and in whatever order its fields stand. */
export function hashOf(record: Readonly<Record<string, unknown>>): string {
  return createHash("sha256").update(canonicalJson(record, transportFields)).digest("hex");
}

/** JSON with the fields of every object in order, without white space; undefined fields are left out, as in JSON. */
function canonicalJson(value: unknown, leftOut?: ReadonlySet<string>): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(",")}]`;
  const members: string[] = [];
  const object: Readonly<Record<string, unknown>> = { ...value };
  for (const name of Object.keys(object).sort()) {
    const member = object[name];
    if (member === undefined || leftOut?.has(name) || name.startsWith("logging.googleapis.com/")) continue;
    members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}
