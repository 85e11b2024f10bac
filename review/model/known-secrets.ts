import type { Json } from "../../analysis";

/** Shorter values would match by accident all over; they are hidden where they are marked, and only there. */
const shortestCharacters = 6;

const loneSurrogate = /\p{Surrogate}/gu;

/**
 * The values that are hidden somewhere, so that they are hidden everywhere: a provider may hand a sensitive argument back
 * in an attribute that Terraform does not mark (terraform_data's own `output` does), and an address, a map key or a text
 * may contain one.
 */
export class KnownSecrets {
  readonly #byPrefix = new Map<string, SameBeginning>();
  readonly #numbers = new Set<number>();

  /** Notes every text and number in the value, with the forms in which it could stand in another text. */
  add(value: Json): void {
    if (typeof value === "string") {
      this.#addText(value);
      this.#addText(JSON.stringify(value).slice(1, -1));
      this.#addText(encodeURIComponent(value.replace(loneSurrogate, "\uFFFD")));
      this.#addText(Buffer.from(value).toString("base64"));
    } else if (typeof value === "number") {
      if (String(value).length >= shortestCharacters) this.#numbers.add(value);
      this.#addText(String(value));
    } else if (typeof value === "object" && value !== null) {
      for (const nested of Object.values(value)) this.add(nested);
    }
  }

  /** The text with each known secret replaced; the very same text where none is in it. */
  hide(text: string, replacement: string): string {
    if (this.#byPrefix.size === 0 || text.length < shortestCharacters) return text;
    const parts: string[] = [];
    let shownFrom = 0;
    for (let at = 0; at + shortestCharacters <= text.length; ) {
      const secret = longestAt(text, at, this.#byPrefix.get(text.slice(at, at + shortestCharacters)));
      if (secret === undefined) {
        at += 1;
        continue;
      }
      parts.push(text.slice(shownFrom, at), replacement);
      at += secret.length;
      shownFrom = at;
    }
    return parts.length === 0 ? text : parts.join("") + text.slice(shownFrom);
  }

  hasNumber(value: number): boolean {
    return this.#numbers.has(value);
  }

  #addText(text: string): void {
    if (text.length < shortestCharacters) return;
    const prefix = text.slice(0, shortestCharacters);
    const known = this.#byPrefix.get(prefix);
    if (known === undefined) this.#byPrefix.set(prefix, { texts: new Set([text]), lengths: [text.length] });
    else {
      known.texts.add(text);
      if (!known.lengths.includes(text.length)) known.lengths = [...known.lengths, text.length].sort((a, b) => b - a);
    }
  }
}

/** Secrets that begin alike. */
interface SameBeginning {
  readonly texts: Set<string>;
  /** Lengths of them, the longest first. */
  lengths: readonly number[];
}

function longestAt(text: string, at: number, candidates: SameBeginning | undefined): string | undefined {
  for (const length of candidates?.lengths ?? []) {
    const there = text.slice(at, at + length);
    if (candidates?.texts.has(there)) return there;
  }
  return undefined;
}
