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
 * A line without its place in a chain: the members of its canonical JSON that stand before those of the chain, each with a
 * comma behind it, and those that stand after them, each with a comma before it.
 */
export interface LineForm {
  readonly before: string;
  readonly after: string;
}

/** The members of the chain are `auditChain` to `auditTime`; no field has a name between the two. */
export const formOf = (fields: AuditFields): LineForm => ({
  before: membersOf(fields, (name) => name < "auditChain")
    .map((member) => `${member},`)
    .join(""),
  after: membersOf(fields, (name) => name > "auditTime")
    .map((member) => `,${member}`)
    .join(""),
});

/**
 * The form of lines that differ in some fields alone, all of which stand behind those of the chain.
 *
 * @param open Names of these fields, in their order in the line.
 * @returns Makes one of their values, which are addresses and identifiers: JSON writes them as they are.
 */
export function openForm(fields: AuditFields, open: readonly string[]): (values: readonly string[]) => LineForm {
  const { before } = formOf(fields);
  const pieces = ["auditTime", ...open].map((name, index) => {
    const next = open[index];
    const between = membersOf(fields, (each) => each > name && (next === undefined || each < next));
    const text = between.map((member) => `,${member}`).join("");
    return `${index === 0 ? "" : '"'}${text}${next === undefined ? "" : `,"${next}":"`}`;
  });
  const [first = "", ...rest] = pieces;
  return (values) => {
    let after = first;
    for (let index = 0; index < rest.length; index += 1) after += `${values[index]}${rest[index]}`;
    return { before, after };
  };
}

/**
 * Makes a form the next line of a chain: each holds the hash of the one before, and its own.
 *
 * @param time ISO 8601.
 */
export function link(
  { before, after }: LineForm,
  { chain, sequence, hash: previous }: ChainState,
  time: string,
): LinkedLine {
  const next = sequence + 1;
  const content = `{${before}"auditChain":"${chain}","auditPrevious":"${previous}","auditSequence":${next},"auditTime":"${time}"${after}`;
  const own = sha256(`${content}}`);
  return { text: `${content},"auditHash":"${own}"}`, state: { chain, sequence: next, hash: own } };
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
  return `{${membersOf(value, (name) => leftOut?.has(name) !== true && !name.startsWith("logging.googleapis.com/")).join(",")}}`;
}

function membersOf(object: object, isWanted: (name: string) => boolean): string[] {
  return Object.entries(object)
    .filter(([name, member]) => member !== undefined && isWanted(name))
    .sort(byName)
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]): number => (one < other ? -1 : 1);
