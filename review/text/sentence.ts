import { visibleText } from "./visible-text";

/**
 * A sentence whose words are ours and whose quoted values come from the plan; kept apart, so that each form of output
 * escapes the values as it must.
 */
export interface Sentence {
  readonly words: readonly string[];
  readonly values: readonly string[];
}

/** Tagged template: sentence`${who} gets ${role}.` */
export function sentence(words: TemplateStringsArray, ...values: readonly string[]): Sentence {
  return { words: [...words], values };
}

/** Both, one after the other. */
export function join(one: Sentence, other: Sentence): Sentence {
  const last = one.words[one.words.length - 1] ?? "";
  const [first = "", ...rest] = other.words;
  return { words: [...one.words.slice(0, -1), last + first, ...rest], values: [...one.values, ...other.values] };
}

export const words = (text: string): Sentence => ({ words: [text], values: [] });

/** @param quote how a value is written */
export function render({ words: parts, values }: Sentence, quote: (value: string) => string): string {
  return parts.map((part, index) => part + (index < values.length ? quote(values[index] ?? "") : "")).join("");
}

/** As plain text, deceptive characters made visible. */
export const plainText = (text: Sentence): string => render(text, visibleText);
