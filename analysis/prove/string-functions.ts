import { extractionTemplate } from "../cel/extract";
import { languageOfMatches } from "./regular-expression";
import { type Content, error, flagValue, mappedPair, type SymbolicValue, textValue } from "./symbolic-value";
import { InexpressibleError, type Term, text, yes } from "./term";
import { between, contains, endsWith, inLanguage, piece, startsWith } from "./text-terms";
import type { Universe } from "./universe";
import { UntranslatableError } from "./untranslatable-error";

/** The functions on texts; called with the receiver first. A call on anything else errs. */
type Text = Term<"String">;
const tests: Readonly<Record<string, (whole: Text, part: Text) => Term<"Bool">>> = { startsWith, endsWith, contains };

export function textTest(name: string, receiver: SymbolicValue, argument: SymbolicValue): SymbolicValue | undefined {
  const test = Object.hasOwn(tests, name) ? tests[name] : undefined;
  return test && onTexts(receiver, argument, (whole, part) => flagValue(test(whole, part)));
}

export const onTexts = (
  receiver: SymbolicValue,
  argument: SymbolicValue,
  make: (whole: Text, part: Text) => SymbolicValue,
): SymbolicValue =>
  mappedPair(receiver, argument, (a, b) => (a.kind === "text" && b.kind === "text" ? make(a.value, b.value) : error));

/** @param pattern that RE2 accepts */
export function matches(universe: Universe, receiver: SymbolicValue, pattern: string): SymbolicValue {
  const language = translated(() => languageOfMatches(pattern));
  return onTexts(receiver, textValue(text("")), (whole) =>
    typeof language === "string" ? universe.anyFlag(language, true) : flagValue(inLanguage(whole, language)),
  );
}

export function extractText(universe: Universe, receiver: SymbolicValue, template: string): SymbolicValue {
  const match = extractionTemplate.exec(template);
  if (match === null) return error;
  const [, prefix = "", suffix = ""] = match;
  const found = translated(() => [text(prefix), text(suffix)]);
  return onTexts(receiver, textValue(text("")), (whole) =>
    typeof found === "string" ? universe.anyText(found) : textValue(between(whole, prefix, suffix)),
  );
}

/** `x.split(separator)[index]`: an error where there are not so many pieces. */
export function splitPiece(receiver: SymbolicValue, separator: string, index: number): SymbolicValue {
  return onTexts(receiver, textValue(text("")), (whole) => {
    const { present, value } = piece(whole, separator, index);
    return [{ when: present, content: { kind: "text", value } }];
  });
}

/** The value, or why it cannot be told to the solver. */
function translated<T extends object>(make: () => T): T | string {
  try {
    return make();
  } catch (problem) {
    if (problem instanceof UntranslatableError || problem instanceof InexpressibleError) return problem.message;
    throw problem;
  }
}

/** Whether a content is a text that is written in the expression, and which. */
export function writtenText(value: SymbolicValue): string | undefined {
  const [only, ...others] = value;
  const content: Content | undefined = only?.when === yes && others.length === 0 ? only.content : undefined;
  return content?.kind === "text" && typeof content.value.literal === "string" ? content.value.literal : undefined;
}
