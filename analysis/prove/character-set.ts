import { apply, type Term, text } from "./term";
import { UntranslatableError } from "./untranslatable-error";

/** Characters as ranges of code points, in order and apart. */
export type CharacterSet = readonly (readonly [number, number])[];

export const lastCodePoint = 0x10ffff;
/** Beyond it the solver knows no characters; a set has to end before, or hold all that follow. */
const lastKnown = 0x2ffff;

const of = (...characters: readonly string[]): CharacterSet =>
  union(
    ...characters.map((range): CharacterSet => [[range.codePointAt(0) ?? 0, range.codePointAt(range.length - 1) ?? 0]]),
  );

export const digits = of("09");
export const wordCharacters = of("09", "AZ", "az", "__");
export const spaces = of("\t\n", "\f\r", "  ");
export const everything: CharacterSet = [[0, lastCodePoint]];
export const allButNewline = complement([[10, 10]]);

export function union(...sets: readonly CharacterSet[]): CharacterSet {
  const result: [number, number][] = [];
  for (const [low, high] of sets.flat().sort(([a], [b]) => a - b)) {
    const last = result.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else result.push([low, high]);
  }
  return result;
}

export function complement(set: CharacterSet): CharacterSet {
  const result: [number, number][] = [];
  let next = 0;
  for (const [low, high] of union(set)) {
    if (low > next) result.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= lastCodePoint) result.push([next, lastCodePoint]);
  return result;
}

export const containsPoint = (set: CharacterSet, point: number): boolean =>
  set.some(([low, high]) => low <= point && point <= high);

export const holds = (set: CharacterSet, character: string): boolean =>
  containsPoint(set, character.codePointAt(0) ?? 0);

/** The characters of a text. */
export const charactersOf = (text: string): CharacterSet =>
  union(
    ...[...text].map((character): CharacterSet => [[character.codePointAt(0) ?? 0, character.codePointAt(0) ?? 0]]),
  );

/** With each letter in both cases, as RE2 folds them: the Kelvin sign is a k, the long s is an s. */
export function inBothCases(set: CharacterSet): CharacterSet {
  const folded: (readonly [number, number])[] = [...set];
  for (const [low, high] of set) {
    if (high > 0x7f && high !== lastCodePoint)
      throw new UntranslatableError("the case of letters beyond ASCII is not folded");
    for (const [from, to, by] of [
      [0x41, 0x5a, 32],
      [0x61, 0x7a, -32],
    ] as const) {
      const [first, last] = [Math.max(low, from), Math.min(high, to)];
      if (first <= last) folded.push([first + by, last + by]);
    }
  }
  const plain = union(folded);
  return union(plain, holds(plain, "k") ? [[0x212a, 0x212a]] : [], holds(plain, "s") ? [[0x17f, 0x17f]] : []);
}

/** The language of the texts of one character of the set. */
export function languageOf(set: CharacterSet): Term<"RegLan"> {
  const ranges = set.map(([low, high]): Term<"RegLan"> => {
    if (low > lastKnown || (high > lastKnown && high !== lastCodePoint))
      throw new UntranslatableError("a character beyond U+2FFFF");
    const end = Math.min(high, lastKnown);
    if (low === 0 && end === lastKnown) return apply("RegLan", "re.allchar");
    return apply("RegLan", "re.range", text(String.fromCodePoint(low)), text(String.fromCodePoint(end)));
  });
  const [first, ...others] = ranges;
  if (first === undefined) return apply("RegLan", "re.none");
  return others.length === 0 ? first : apply("RegLan", "re.union", ...ranges);
}
