import type { InventoryLine } from "../rows/asset-repository";
import { CsvError, CsvReader, type CsvRecord } from "./csv";

/** Something in an inventory file that keeps it from being stored. */
export interface InventoryProblem {
  /** Counted from 1; 0 for the file as a whole. */
  readonly line: number;
  readonly message: string;
}

export type InventoryFile =
  | { readonly ok: true; readonly lines: readonly InventoryLine[] }
  | { readonly ok: false; readonly problems: readonly InventoryProblem[] };

export const inventoryLimits = { bytes: 1024 * 1024, lines: 5_000, problems: 10 } as const;

/** The columns of an inventory, in any order. */
export const inventoryColumns = ["name", "kind", "network", "last_scan", "findings"] as const;
type Column = (typeof inventoryColumns)[number];

/** A file that is as it should be, to begin from. */
export const exampleInventory = `${inventoryColumns.join(",")}
rack-07-switch-3,Switch,"Server room, Delft",2026-11-16,0
lab-gateway-6,Sensor gateway,Laboratory,,2
`;

/**
 * Reads an inventory file: CSV in UTF-8 with a line of column names. The whole file is read before anything is stored, so that a
 * slow upload holds no transaction; it is bounded in bytes, lines and length of a field. Problems are told all at once, up to ten.
 */
export async function readInventory(content: AsyncIterable<Uint8Array>): Promise<InventoryFile> {
  const collector = new Collector();
  const reader = new CsvReader({ records: inventoryLimits.lines + 1, fields: 20, characters: 500 });
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  try {
    for await (const chunk of content) {
      bytes += chunk.byteLength;
      if (bytes > inventoryLimits.bytes) return refused(`The file is larger than ${inventoryLimits.bytes / 1024} KiB.`);
      if (chunk.includes(0)) return refused("The file holds NUL bytes, so it is no text. Save the sheet as CSV UTF-8.");
      const text = decode(decoder, chunk);
      if (text === undefined) return refused(notUtf8);
      for (const record of reader.push(text)) collector.take(record);
      if (collector.isFull) return collector.result();
    }
    if (decode(decoder) === undefined) return refused(notUtf8);
    for (const record of reader.end()) collector.take(record);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    collector.problem(error.line, `The line is not CSV: ${error.message}.`);
  }
  return collector.result();
}

const notUtf8 = "The file is not in UTF-8. Save the sheet as CSV UTF-8.";

/** The file as a whole. */
const refused = (message: string): InventoryFile => ({ ok: false, problems: [{ line: 0, message }] });

/** Without bytes: the end. Undefined where they are not UTF-8. */
function decode(decoder: InstanceType<typeof TextDecoder>, bytes?: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch {
    return undefined;
  }
}

/** What a spreadsheet program would run when somebody opens an export. Source: OWASP, CSV Injection. */
const formula = /^[=+\-@\t\r＝＋－＠]/u;
/** Control characters, and those that hide or turn round what stands beside them. */
const invisible = /[\p{Cc}\p{Cf}]/u;

class Collector {
  readonly #lines: InventoryLine[] = [];
  readonly #lineOfName = new Map<string, number>();
  readonly #problems: InventoryProblem[] = [];
  #columns: readonly Column[] | undefined;

  get isFull(): boolean {
    return this.#problems.length >= inventoryLimits.problems;
  }

  problem(line: number, message: string): void {
    if (!this.isFull) this.#problems.push({ line, message });
  }

  take({ line, fields }: CsvRecord): void {
    if (this.isFull) return;
    if (this.#columns === undefined) this.#columns = this.#readColumns(line, fields);
    else if (this.#columns.length > 0) this.#readLine(line, fields, this.#columns);
  }

  result(): InventoryFile {
    if (this.#problems.length === 0 && this.#lines.length === 0)
      this.problem(
        0,
        `The file has no asset. Expected a line of column names (${inventoryColumns.join(", ")}), then assets.`,
      );
    return this.#problems.length > 0 ? { ok: false, problems: this.#problems } : { ok: true, lines: this.#lines };
  }

  /** Empty where they are not the expected ones: the lines below then mean nothing. */
  #readColumns(line: number, fields: readonly string[]): readonly Column[] {
    const names = fields.map((field) => field.trim().toLowerCase());
    const columns = names.flatMap((name) => inventoryColumns.filter((column) => column === name));
    const isComplete = columns.length === names.length && new Set(columns).size === inventoryColumns.length;
    if (isComplete && names.length === inventoryColumns.length) return columns;
    this.problem(line, `Expected the columns ${inventoryColumns.join(", ")}, each once, separated by commas.`);
    return [];
  }

  #readLine(line: number, fields: readonly string[], columns: readonly Column[]): void {
    if (fields.length !== columns.length) {
      this.problem(line, `Expected ${columns.length} fields, found ${fields.length}.`);
      return;
    }
    const at = (column: Column): string => (fields[columns.indexOf(column)] ?? "").normalize("NFC").trim();
    const before = this.#problems.length;
    const text = (column: Column, least: number, most: number): string => {
      const value = at(column);
      const length = [...value].length;
      if (length < least) this.problem(line, `The ${column} is empty.`);
      else if (length > most) this.problem(line, `The ${column} is longer than ${most} characters.`);
      else if (invisible.test(value)) this.problem(line, `The ${column} holds an invisible character.`);
      // Before the blanks were removed: a leading tab counts.
      else if (formula.test(value) || formula.test(fields[columns.indexOf(column)] ?? ""))
        this.problem(line, `The ${column} begins as a formula does (=, +, -, @): spreadsheet programs would run it.`);
      return value;
    };
    const asset: InventoryLine = {
      name: text("name", 1, 200),
      kind: text("kind", 1, 100),
      network: text("network", 0, 200),
      lastScan: this.#date(line, at("last_scan")),
      findings: this.#findings(line, at("findings")),
    };
    const twin = this.#lineOfName.get(asset.name);
    if (twin !== undefined) this.problem(line, `The name stands on line ${twin} already.`);
    this.#lineOfName.set(asset.name, line);
    if (this.#problems.length === before) this.#lines.push(asset);
  }

  #date(line: number, value: string): string | null {
    if (value === "") return null;
    if (isDate(value)) return value;
    this.problem(line, "The last_scan is no date: expected YYYY-MM-DD, or nothing.");
    return null;
  }

  #findings(line: number, value: string): number {
    const count = /^\d{1,6}$/.test(value) ? Number(value) : -1;
    if (count >= 0 && count <= 100_000) return count;
    this.problem(line, "The findings are no whole number from 0 to 100000.");
    return 0;
  }
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`, in this century or the last. */
export function isDate(text: string): boolean {
  if (!/^(19|20)\d{2}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
