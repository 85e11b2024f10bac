/** One record: its fields, and the line that it begins on, counted from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Text that is not CSV, or larger than allowed. */
export class CsvError extends Error {
  override readonly name = "CsvError";

  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

export interface CsvLimits {
  readonly records: number;
  /** Fields of one record. */
  readonly fields: number;
  /** Characters of one field. */
  readonly characters: number;
}

type State = "field-start" | "plain" | "quoted" | "quote-in-quoted";

/**
 * Reads comma-separated values piece by piece (RFC 4180): fields in double quotes may hold commas, line ends and doubled
 * quotes; lines end with LF or CRLF; empty lines are skipped. A quote inside an unquoted field, and text after a closing
 * quote, are refused: programs disagree on what they mean.
 */
export class CsvReader {
  readonly #limits: CsvLimits;
  #state: State = "field-start";
  #field = "";
  #fields: string[] = [];
  #line = 1;
  #recordLine = 1;
  #records = 0;
  #carriageReturn = false;

  constructor(limits: CsvLimits) {
    this.#limits = limits;
  }

  /** Records that end in this piece. @throws {CsvError} */
  *push(text: string): Generator<CsvRecord, void, void> {
    for (const character of text) {
      if (this.#carriageReturn) {
        this.#carriageReturn = false;
        if (character !== "\n") throw this.#error("a carriage return stands alone");
      }
      if (this.#state === "quoted") this.#readQuoted(character);
      else if (character === "\r") this.#carriageReturn = true;
      else if (character === "\n") yield* this.#endRecord();
      else this.#readPlain(character);
    }
  }

  /** The record that has no line end behind it. @throws {CsvError} */
  *end(): Generator<CsvRecord, void, void> {
    if (this.#state === "quoted") throw this.#error("a quoted field does not end");
    if (this.#carriageReturn) throw this.#error("a carriage return stands alone");
    yield* this.#endRecord();
  }

  #readPlain(character: string): void {
    if (character === ",") {
      this.#endField();
    } else if (character === '"') {
      if (this.#state === "plain") throw this.#error("a quote stands inside a field that is not quoted");
      if (this.#state === "quote-in-quoted") this.#append('"');
      this.#state = "quoted";
    } else {
      if (this.#state === "quote-in-quoted") throw this.#error("text follows a closing quote");
      this.#state = "plain";
      this.#append(character);
    }
  }

  #readQuoted(character: string): void {
    if (character === '"') this.#state = "quote-in-quoted";
    else {
      if (character === "\n") this.#line += 1;
      this.#append(character);
    }
  }

  #append(character: string): void {
    this.#field += character;
    if (this.#field.length > this.#limits.characters)
      throw this.#error(`a field is longer than ${this.#limits.characters} characters`);
  }

  #endField(): void {
    this.#fields.push(this.#field);
    if (this.#fields.length > this.#limits.fields)
      throw this.#error(`there are more than ${this.#limits.fields} fields`);
    this.#field = "";
    this.#state = "field-start";
  }

  *#endRecord(): Generator<CsvRecord, void, void> {
    const isEmpty = this.#fields.length === 0 && this.#state === "field-start";
    if (!isEmpty) {
      this.#endField();
      this.#records += 1;
      if (this.#records > this.#limits.records) throw this.#error(`there are more than ${this.#limits.records} lines`);
      yield { line: this.#recordLine, fields: this.#fields };
      this.#fields = [];
    }
    this.#line += 1;
    this.#recordLine = this.#line;
  }

  #error(message: string): CsvError {
    return new CsvError(this.#line, message);
  }
}
