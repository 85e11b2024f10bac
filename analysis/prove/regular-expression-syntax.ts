import {
  allButNewline,
  type CharacterSet,
  complement,
  digits,
  everything,
  inBothCases,
  lastCodePoint,
  spaces,
  union,
  wordCharacters,
} from "./character-set";
import { UntranslatableError } from "./untranslatable-error";

/** A regular expression as RE2 reads it, without what only tells which part of a text matched. */
export type Pattern =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "begin" }
  | { readonly kind: "end" }
  | { readonly kind: "sequence"; readonly parts: readonly Pattern[] }
  | { readonly kind: "choice"; readonly parts: readonly Pattern[] }
  | {
      readonly kind: "repeat";
      readonly part: Pattern;
      readonly least: number;
      /** Absent: any number. */
      readonly most?: number;
    };

const classes: Readonly<Record<string, CharacterSet>> = {
  d: digits,
  D: complement(digits),
  w: wordCharacters,
  W: complement(wordCharacters),
  s: spaces,
  S: complement(spaces),
};
const controls: Readonly<Record<string, string>> = { a: "\x07", f: "\f", t: "\t", n: "\n", r: "\r", v: "\v" };
const nestingLimit = 32;

interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
}

/**
 * Reads a pattern that RE2 accepts.
 * @throws {UntranslatableError} for what is not read here: word boundaries, Unicode classes, lines
 */
export function parsePattern(source: string): Pattern {
  const parser = new PatternParser([...source]);
  const pattern = parser.choice({ ignoreCase: false, dotAll: false }, 0);
  parser.expectEnd();
  return pattern;
}

const refuse = (what: string): never => {
  throw new UntranslatableError(`the regular expression has ${what}`);
};

class PatternParser {
  #at = 0;

  constructor(private readonly source: readonly string[]) {}

  expectEnd(): void {
    if (this.#at < this.source.length) refuse("brackets that do not match");
  }

  choice(flags: Flags, depth: number): Pattern {
    if (depth > nestingLimit) refuse(`more than ${nestingLimit} brackets in one another`);
    const branches: Pattern[] = [];
    let parts: Pattern[] = [];
    let current = flags;
    while (this.#at < this.source.length && this.#peek() !== ")") {
      if (this.#take("|")) {
        branches.push({ kind: "sequence", parts });
        parts = [];
        continue;
      }
      const opened = this.#flags(current);
      if (opened !== undefined) {
        current = opened;
        continue;
      }
      parts.push(this.#repeated(this.#atom(current, depth)));
    }
    branches.push({ kind: "sequence", parts });
    const [only] = branches;
    return branches.length === 1 && only !== undefined ? only : { kind: "choice", parts: branches };
  }

  #peek(ahead = 0): string {
    return this.source[this.#at + ahead] ?? "";
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.source.slice(this.#at, this.#at + 64).join(""));
    if (found === null) return undefined;
    this.#at += [...found[0]].length;
    return found;
  }

  /** `(?i)` and its like, for the rest of the group. */
  #flags(flags: Flags): Flags | undefined {
    const found = this.#match(/^\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?\)/);
    return found && this.#changed(flags, found);
  }

  #changed(flags: Flags, [, on = "", off = ""]: RegExpExecArray): Flags {
    if (/[^is]/.test(on + off)) refuse("flags other than i and s");
    const set = (letter: string, before: boolean) => (on.includes(letter) || before) && !off.includes(letter);
    return { ignoreCase: set("i", flags.ignoreCase), dotAll: set("s", flags.dotAll) };
  }

  #atom(flags: Flags, depth: number): Pattern {
    const character = this.#peek();
    if (character === "(") return this.#group(flags, depth);
    this.#at += 1;
    switch (character) {
      case "^":
        return { kind: "begin" };
      case "$":
        return { kind: "end" };
      case ".":
        return { kind: "set", set: flags.dotAll ? everything : allButNewline };
      case "[":
        return { kind: "set", set: this.#bracket(flags) };
      case "\\":
        return this.#escape(flags);
      default:
        return { kind: "set", set: this.#folded(single(character), flags) };
    }
  }

  #group(flags: Flags, depth: number): Pattern {
    const scoped = this.#match(/^\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?:/);
    if (scoped === undefined && this.#match(/^\(\?P?<\w+>/) === undefined && !this.#take("(")) refuse("a group");
    if (this.#peek() === "?") refuse("a group that is not read");
    const inner = this.choice(scoped ? this.#changed(flags, scoped) : flags, depth + 1);
    if (!this.#take(")")) refuse("brackets that do not match");
    return { kind: "sequence", parts: [inner] };
  }

  #repeated(part: Pattern): Pattern {
    let result = part;
    for (;;) {
      const counted = this.#match(/^(?:\{([0-9]+)(,?)([0-9]*)\}|([*+?]))\??/);
      if (counted === undefined) return result;
      const [, least, comma, most, sign] = counted;
      if (sign !== undefined) {
        const range = { "*": [0], "+": [1], "?": [0, 1] }[sign] ?? [];
        result = { kind: "repeat", part: result, least: range[0] ?? 0, ...(range[1] === undefined ? {} : { most: 1 }) };
      } else {
        const low = Number(least);
        const high = comma === "" ? low : most === "" ? undefined : Number(most);
        result = { kind: "repeat", part: result, least: low, ...(high === undefined ? {} : { most: high }) };
      }
    }
  }

  #escape(flags: Flags): Pattern {
    const letter = this.#peek();
    if (letter === "A" || letter === "z") {
      this.#at += 1;
      return { kind: letter === "A" ? "begin" : "end" };
    }
    return { kind: "set", set: this.#escapedSet(flags) };
  }

  /** What follows a backslash, inside brackets and outside. */
  #escapedSet(flags: Flags): CharacterSet {
    const letter = this.#peek();
    const known = Object.hasOwn(classes, letter) ? classes[letter] : undefined;
    if (known !== undefined) {
      this.#at += 1;
      return this.#folded(known, flags);
    }
    return this.#folded(single(this.#escapedCharacter()), flags);
  }

  #escapedCharacter(): string {
    const hex = this.#match(/^x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/);
    if (hex !== undefined) {
      const point = Number.parseInt(hex[1] ?? hex[2] ?? "", 16);
      return point <= lastCodePoint ? String.fromCodePoint(point) : refuse("a character that does not exist");
    }
    const letter = this.#peek();
    this.#at += 1;
    if (Object.hasOwn(controls, letter)) return controls[letter] ?? "";
    return /^[^A-Za-z0-9]$/u.test(letter) ? letter : refuse(`\\${letter}`);
  }

  #bracket(flags: Flags): CharacterSet {
    const negated = this.#take("^");
    const sets: CharacterSet[] = [];
    for (let first = true; first || this.#peek() !== "]"; first = false) {
      if (this.#peek() === "" || this.#match(/^\[[:=.]/)) refuse("a class that is not read");
      if (this.#peek() === "\\" && Object.hasOwn(classes, this.#peek(1))) {
        this.#at += 1;
        sets.push(this.#escapedSet(flags));
        continue;
      }
      const low = this.#bracketCharacter();
      const ranged = this.#peek() === "-" && this.#peek(1) !== "]";
      if (ranged) this.#at += 1;
      const high = ranged ? this.#bracketCharacter() : low;
      sets.push(this.#folded([[low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0]], flags));
    }
    this.#at += 1;
    const all = union(...sets);
    return negated ? complement(all) : all;
  }

  #bracketCharacter(): string {
    if (this.#take("\\")) return this.#escapedCharacter();
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #folded(set: CharacterSet, { ignoreCase }: Flags): CharacterSet {
    return ignoreCase ? inBothCases(set) : set;
  }
}

function single(character: string): CharacterSet {
  const point = character.codePointAt(0) ?? 0;
  return [[point, point]];
}
