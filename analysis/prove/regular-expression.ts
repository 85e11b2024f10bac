import { type CharacterSet, everything, languageOf } from "./character-set";
import { type Pattern, parsePattern } from "./regular-expression-syntax";
import { matchesOneOf } from "./strings/pattern-machine";
import { apply, type Term, text } from "./term";
import { UntranslatableError } from "./untranslatable-error";

type Language = Term<"RegLan">;

const branchLimit = 64;
const sizeLimit = 2000;

/**
 * The language of all texts in which a pattern of RE2 finds a match, as CEL's matches() asks.
 * Source: github.com/google/re2/wiki/Syntax.
 * @throws {UntranslatableError} for what is not translated
 */
export function languageOfMatches(source: string): Language {
  const pattern = parsePattern(source);
  if (sizeOf(pattern) > sizeLimit) throw new UntranslatableError("the regular expression is too large");
  const branches = unanchored([pattern]);
  const languages = branches.map(({ parts, begins, ends }) => {
    const inner = parts.map(exact);
    return sequence([...(begins ? [] : [anything]), ...inner, ...(ends ? [] : [anything])]);
  });
  return { ...union(languages), machine: matchesOneOf(branches, `matches ${source}`) };
}

/** The language of the texts that are made of some characters, and not empty. */
export function languageOfCharacters(set: CharacterSet): Language {
  const branch: Branch = {
    parts: [{ kind: "repeat", part: { kind: "set", set }, least: 1 }],
    begins: true,
    ends: true,
  };
  const machine = matchesOneOf([branch], `made of ${JSON.stringify(set)}`);
  return { ...apply("RegLan", "re.+", languageOf(set)), machine };
}

const anything: Language = apply("RegLan", "re.*", languageOf(everything));

/** One after the other; literal texts put together. */
function sequence(parts: readonly Language[]): Language {
  const joined: Language[] = [];
  for (const part of parts) {
    const [last, own] = [literalOf(joined.at(-1)), literalOf(part)];
    if (last !== undefined && own !== undefined) joined.splice(-1, 1, exactly(last + own));
    else joined.push(part);
  }
  const [first, ...others] = joined;
  if (first === undefined) return exactly("");
  return others.length === 0 ? first : apply("RegLan", "re.++", ...joined);
}

const exactly = (literal: string): Language => apply("RegLan", "str.to_re", text(literal));

function literalOf(language: Language | undefined): string | undefined {
  const literal = language?.text === "str.to_re" ? language.args[0]?.literal : undefined;
  return typeof literal === "string" ? literal : undefined;
}

function union(parts: readonly Language[]): Language {
  const [first, ...others] = parts;
  if (first === undefined) return apply("RegLan", "re.none");
  return others.length === 0 ? first : apply("RegLan", "re.union", ...parts);
}

/** A sequence, and whether it has to begin or end where the text does. */
export interface Branch {
  readonly parts: readonly Pattern[];
  readonly begins: boolean;
  readonly ends: boolean;
}

/** The sequence as branches that have anchors only at their edges. */
function unanchored(parts: readonly Pattern[]): readonly Branch[] {
  let open: (readonly Pattern[])[] = [parts];
  for (;;) {
    const spread = open.flatMap((branch) => spreadFirst(branch));
    if (spread.length > branchLimit) throw new UntranslatableError("the regular expression has too many branches");
    if (spread.every((branch, index) => branch === open[index]) && spread.length === open.length) break;
    open = spread;
  }
  return open.map((branch) => {
    const inner = [...branch];
    let [begins, ends] = [false, false];
    for (; inner[0]?.kind === "begin"; inner.shift()) begins = true;
    for (; inner.at(-1)?.kind === "end"; inner.pop()) ends = true;
    if (inner.some(hasAnchor)) throw new UntranslatableError("the regular expression has ^ or $ in its middle");
    return { parts: inner, begins, ends };
  });
}

/** Opens the first group or choice that has an anchor inside. */
function spreadFirst(parts: readonly Pattern[]): readonly (readonly Pattern[])[] {
  const index = parts.findIndex((part) => (part.kind === "sequence" || part.kind === "choice") && hasAnchor(part));
  const part = parts[index];
  if (part === undefined || (part.kind !== "sequence" && part.kind !== "choice")) return [parts];
  const [before, after] = [parts.slice(0, index), parts.slice(index + 1)];
  if (part.kind === "sequence") return [[...before, ...part.parts, ...after]];
  return part.parts.map((branch) => [...before, branch, ...after]);
}

function hasAnchor(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case "begin":
    case "end":
      return true;
    case "set":
      return false;
    case "repeat":
      return hasAnchor(pattern.part);
    default:
      return pattern.parts.some(hasAnchor);
  }
}

function sizeOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case "begin":
    case "end":
    case "set":
      return 1;
    case "repeat":
      return sizeOf(pattern.part) * Math.max(1, pattern.least, pattern.most ?? 1);
    default:
      return pattern.parts.reduce((sum, part) => sum + sizeOf(part), 1);
  }
}

function exact(pattern: Pattern): Language {
  switch (pattern.kind) {
    case "set": {
      const [[low, high] = [0, -1], ...more] = pattern.set;
      return low === high && more.length === 0 ? exactly(String.fromCodePoint(low)) : languageOf(pattern.set);
    }
    case "sequence":
      return sequence(pattern.parts.map(exact));
    case "choice":
      return union(pattern.parts.map(exact));
    case "repeat": {
      const inner = exact(pattern.part);
      const { least, most } = pattern;
      if (most === undefined) {
        const star = apply("RegLan", "re.*", inner);
        return least === 0 ? star : sequence([...Array<Language>(least).fill(inner), star]);
      }
      if (least === 0 && most === 1) return apply("RegLan", "re.opt", inner);
      return apply("RegLan", `(_ re.loop ${least} ${most})`, inner);
    }
    default:
      throw new UntranslatableError("the regular expression has ^ or $ in its middle");
  }
}
