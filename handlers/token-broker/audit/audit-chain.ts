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
 * comma behind it, and those that stand after them, each with a comma before it. ASCII alone.
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
 * The form of lines that differ in two fields alone, both of which stand behind those of the chain.
 *
 * @param open Their names, in their order in the line: of a value that JSON writes as it is, such as an address, and of a number.
 */
export function openForm(fields: AuditFields, open: readonly [string, string]): OpenForm {
  const { before } = formOf(fields);
  const [one, other] = open;
  const between = (from: string, to?: string) =>
    membersOf(fields, (name) => name > from && (to === undefined || name < to))
      .map((member) => `,${member}`)
      .join("");
  const first = `${between("auditTime", one)},"${one}":"`;
  const second = `"${between(one, other)},"${other}":`;
  const last = between(other);
  // The same value comes again and again: a client's address.
  let usual: string | undefined;
  let beginning = "";
  return {
    before,
    after: (text, number) => {
      if (text !== usual) {
        usual = text;
        beginning = flat(first, text, second);
      }
      return `${beginning}${number}${last}`;
    },
  };
}

/**
 * In one piece: strings put together by other means stay in their parts until they are written, and pieces that stand in
 * many lines would be put together for each.
 */
const flat = (...parts: readonly string[]): string => parts.join("");

/** A form with two values left open. */
export interface OpenForm {
  readonly before: string;
  readonly after: (text: string, number: number) => string;
}

/**
 * Makes a form the next line of a chain: it holds the hash of the one before, and as its last member its own, which is of
 * the canonical JSON of all the others.
 *
 * @param time ISO 8601.
 */
export function link(
  { before, after }: LineForm,
  { chain, sequence, hash: previous }: ChainState,
  time: string,
): LinkedLine {
  const next = sequence + 1;
  const members = `${before}"auditChain":"${chain}","auditPrevious":"${previous}","auditSequence":${next},"auditTime":"${time}"${after}`;
  const own = hash("sha256", `{${members}}`, "hex");
  return { text: `{${members},"auditHash":"${own}"}`, state: { chain, sequence: next, hash: own } };
}

/** The hash that a line must have, whatever its transport has added and in whatever order its fields stand. */
export const hashOf = (record: Readonly<Record<string, unknown>>): string =>
  hash("sha256", canonicalJson(record, transportFields), "hex");

/** Objects that never change, such as the description of a connection's certificate, are written out once. */
const writtenOut = new WeakMap<object, string>();

/** From now on the object does not change: it stands in many lines. */
export function rememberForm<Value extends object>(value: Value): Value {
  writtenOut.set(value, canonicalJson(value));
  return value;
}

/**
 * JSON with the fields of every object in order, without white space, and in ASCII: a line has as many bytes as characters.
 * Undefined fields are left out, as in JSON.
 */
function canonicalJson(value: unknown, leftOut?: ReadonlySet<string>): string {
  if (typeof value !== "object" || value === null) return asciiJson(value);
  const known = writtenOut.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(",")}]`;
  return `{${membersOf(value, (name) => leftOut?.has(name) !== true && !name.startsWith("logging.googleapis.com/")).join(",")}}`;
}

function membersOf(object: object, isWanted: (name: string) => boolean): string[] {
  return Object.entries(object)
    .filter(([name, member]) => member !== undefined && isWanted(name))
    .sort(byName)
    .map(([name, member]) => `${asciiJson(name)}:${canonicalJson(member)}`);
}

const asciiJson = (value: unknown): string =>
  (JSON.stringify(value) ?? "null").replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const byName = ([one]: [string, unknown], [other]: [string, unknown]): number => (one < other ? -1 : 1);
