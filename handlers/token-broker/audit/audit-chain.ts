import { createHash, hash } from "node:crypto";

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
const flat = (...parts: readonly (string | number)[]): string => parts.join("");

/** A form with two values left open. */
export interface OpenForm {
  readonly before: string;
  readonly after: (text: string, number: number) => string;
}

/**
 * Makes forms the next lines of a chain, under one hash: the last of them names the hash that the chain had before, and
 * has room for its own, which is of all these lines together. Every line has its sequence number.
 *
 * @param time ISO 8601.
 * @returns What is hashed: the canonical JSON of the lines, with a line feed between each two.
 */
export function contentOf(
  forms: readonly LineForm[],
  { chain, sequence, hash: previous }: ChainState,
  time: string,
): string {
  const afterSequence = flat(',"auditTime":"', time, '"');
  const last = sequence + forms.length;
  let content = "";
  let number = sequence;
  let usual: string | undefined;
  let beginning = "";
  for (const { before, after } of forms) {
    number += 1;
    if (number === last) {
      return `${content}{${before}"auditChain":"${chain}","auditPrevious":"${previous}","auditSequence":${number}${afterSequence}${after}}`;
    }
    if (before !== usual) {
      usual = before;
      beginning = flat("{", before, '"auditChain":"', chain, '","auditSequence":');
    }
    content += `${beginning}${number}${afterSequence}${after}}\n`;
  }
  return content;
}

/** What stands in the place of the content's last brace. */
export const endingOf = (ownHash: string): string => `,"auditHash":"${ownHash}"}`;

/** Makes a form the next line of a chain: it holds the hash of the one before, and its own. */
export function link(form: LineForm, state: ChainState, time: string): LinkedLine {
  const content = contentOf([form], state, time);
  const own = hash("sha256", content, "hex");
  return {
    text: `${content.slice(0, -1)}${endingOf(own)}`,
    state: { chain: state.chain, sequence: state.sequence + 1, hash: own },
  };
}

/**
 * The hash that lines under one hash must have, whatever their transport has added and in whatever order the fields of
 * each stand.
 */
export class LinesHash {
  readonly #hash = createHash("sha256");
  #isEmpty = true;

  add(record: Readonly<Record<string, unknown>>): this {
    this.#hash.update(`${this.#isEmpty ? "" : "\n"}${canonicalJson(record, transportFields)}`);
    this.#isEmpty = false;
    return this;
  }

  /** To be asked for once. */
  digest(): string {
    return this.#hash.digest("hex");
  }
}

/** The hash of a line that is alone under it. */
export const hashOf = (record: Readonly<Record<string, unknown>>): string => new LinesHash().add(record).digest();

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
