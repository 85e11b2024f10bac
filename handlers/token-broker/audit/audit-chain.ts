import { hash } from "node:crypto";

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
  /** JSON, with its own hash as the last field. */
  readonly text: string;
  readonly state: ChainState;
}

/**
 * Makes the fields the next line of a chain: each holds the hash of the one before, and its own.
 *
 * @param time ISO 8601.
 */
export function link(fields: AuditFields, previous: ChainState, time: string): LinkedLine {
  const sequence = previous.sequence + 1;
  const text = canonicalJson({
    ...fields,
    auditTime: time,
    auditChain: previous.chain,
    auditSequence: sequence,
    auditPrevious: previous.hash,
  });
  const own = sha256(text);
  return {
    text: `${text.slice(0, -1)},"auditHash":"${own}"}`,
    state: { chain: previous.chain, sequence, hash: own },
  };
}

/** The hash that a line must have, whatever its transport has added and in whatever order its fields stand. */
export function hashOf(record: Readonly<Record<string, unknown>>): string {
  return sha256(canonicalJson(record, transportFields));
}

const sha256 = (text: string): string => hash("sha256", text, "hex");

/** Objects that never change, such as the description of a connection's certificate, are written out once. */
const writtenOut = new WeakMap<object, string>();

/** From now on the object does not change: it stands in many lines. */
export function rememberForm<Value extends object>(value: Value): Value {
  writtenOut.set(value, canonicalJson(value));
  return value;
}

/** JSON with the fields of every object in order, without white space; undefined fields are left out, as in JSON. */
function canonicalJson(value: unknown, leftOut?: ReadonlySet<string>): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const known = writtenOut.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(",")}]`;
  let members = "";
  for (const [name, member] of Object.entries(value).sort(byName)) {
    if (member === undefined || leftOut?.has(name) || name.startsWith("logging.googleapis.com/")) continue;
    members += `${members === "" ? "" : ","}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]): number => (one < other ? -1 : 1);
