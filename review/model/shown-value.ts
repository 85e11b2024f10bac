import { createHmac, randomBytes } from "node:crypto";

/**
 * A value of the plan after redaction: what may be shown. A value with something hidden in it is a `Hidden`; what it
 * stands for cannot be had from it.
 */
export type ShownValue = string | number | boolean | null | Hidden | readonly ShownValue[] | ShownObject;
export type ShownObject = { readonly [key: string]: ShownValue };

/**
 * Why a value is hidden: Terraform marks it sensitive, its name or form says that it is a secret, or it is known only
 * after apply.
 */
export type HiddenReason = "sensitive" | "secret" | "unknown";

const processKey = randomBytes(32);

/** Stands for a value that is hidden whole or in part. */
export class Hidden {
  readonly reason: HiddenReason;
  /** What is shown instead; for a text hidden in part, the text with the parts replaced. */
  readonly text: string;
  /** References that an unknown value comes from, as far as the configuration tells: `google_project.p.number`. */
  readonly references: readonly string[];
  readonly #equality: string;

  private constructor(reason: HiddenReason, text: string, equality: string, references: readonly string[] = []) {
    this.reason = reason;
    this.text = text;
    this.references = references;
    this.#equality = equality;
  }

  /** @param secret JSON of what is hidden; only a keyed hash of it is kept, with a key that dies with the process */
  static value(reason: "sensitive" | "secret", secret: string, text = `(${reason} value)`): Hidden {
    return new Hidden(reason, text, createHmac("sha256", processKey).update(secret).digest("base64"));
  }

  static unknown(references: readonly string[]): Hidden {
    const from = references.length > 0 ? `, from ${references.slice(0, 3).join(", ")}` : "";
    return new Hidden("unknown", `(known after apply${from})`, `unknown ${references.join(" ")}`, references);
  }

  /** Whether both stand for the same value; an unknown one equals none but an unknown one of the same origin. */
  equals(other: Hidden): boolean {
    return this.#equality === other.#equality;
  }

  /** Distinguishes hidden values within this process; says nothing about them. */
  get identity(): string {
    return `\u0000hidden ${this.#equality}`;
  }

  toJSON(): string {
    return this.text;
  }
}

export function isShownList(value: ShownValue | undefined): value is readonly ShownValue[] {
  return Array.isArray(value);
}

export function isShownObject(value: ShownValue | undefined): value is ShownObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Hidden);
}

/** Nothing is there: absent, null, "", or an empty list or map, between which providers waver. */
export function isEmpty(value: ShownValue | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (isShownList(value)) return value.length === 0;
  return isShownObject(value) && Object.keys(value).length === 0;
}

/** A text that is the same for equal values, for comparison within this process only. */
export function identityOf(value: ShownValue | undefined): string {
  if (value === undefined || value === null) return "null";
  if (value instanceof Hidden) return value.identity;
  if (isShownList(value)) return `[${value.map(identityOf).join(",")}]`;
  if (isShownObject(value)) {
    const entries = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${identityOf(value[key])}`);
    return `{${entries.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** As one text: strings as they are, everything else as JSON with hidden parts replaced. */
export function textOf(value: ShownValue | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (value instanceof Hidden) return value.text;
  return JSON.stringify(value);
}
