import { type CharacterSet, containsPoint } from "../character-set";
import type { Branch } from "../regular-expression";
import type { Pattern } from "../regular-expression-syntax";
import { UntranslatableError } from "../untranslatable-error";
import { accepted, type Machine, refused } from "./machine";

/** Most positions of a pattern after its counts are written out. */
const positionLimit = 4000;

/** Whether a regular expression finds a match, as an automaton over sets of positions (Glushkov). */
export function matchesOneOf(branches: readonly Branch[], name: string): Machine<readonly number[]> {
  const positions = new Positions();
  const parts = branches.map(({ parts: inner, begins, ends }) => {
    const sequence: Pattern[] = [...(begins ? [] : [anything]), ...inner, ...(ends ? [] : [anything])];
    return positions.add({ kind: "sequence", parts: sequence });
  });
  const nullable = parts.some((part) => part.nullable);
  const first = parts.flatMap((part) => part.first);
  const last = new Set(parts.flatMap((part) => part.last));
  const { sets, follow } = positions;
  const distinct = [...new Map(sets.map((set) => [JSON.stringify(set), set])).values()];
  // Before anything is read: position -1.
  return {
    name,
    start: [-1],
    step: (state, point) => {
      const next = new Set<number>();
      for (const position of state)
        for (const candidate of position === -1 ? first : (follow[position] ?? []))
          if (containsPoint(sets[candidate] ?? [], point)) next.add(candidate);
      return [...next].sort((a, b) => a - b);
    },
    output: (state) =>
      state.some((position) => (position === -1 ? nullable : last.has(position))) ? accepted : refused,
    key: (state) => state.join(),
    signature: (point) => distinct.map((set) => (containsPoint(set, point) ? "1" : "0")).join(""),
    cuts: distinct.flatMap((set) => set.flatMap(([low, high]) => [low, high + 1])),
  };
}

const anything: Pattern = { kind: "repeat", part: { kind: "set", set: [[0, 0x10ffff]] }, least: 0 };

interface Fragment {
  readonly nullable: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

class Positions {
  readonly sets: CharacterSet[] = [];
  readonly follow: Set<number>[] = [];

  add(pattern: Pattern): Fragment {
    switch (pattern.kind) {
      case "set": {
        if (this.sets.length >= positionLimit) throw new UntranslatableError("the regular expression is too large");
        const position = this.sets.push(pattern.set) - 1;
        this.follow.push(new Set());
        return { nullable: false, first: [position], last: [position] };
      }
      case "sequence":
        return pattern.parts.reduce<Fragment>((before, part) => this.#then(before, this.add(part)), empty);
      case "choice":
        return pattern.parts.map((part) => this.add(part)).reduce(either, nothing);
      case "repeat":
        return this.#repeated(pattern);
      default:
        throw new UntranslatableError("the regular expression has ^ or $ in its middle");
    }
  }

  #repeated({ part, least, most }: Extract<Pattern, { kind: "repeat" }>): Fragment {
    let whole = empty;
    for (let count = 0; count < least; count += 1) whole = this.#then(whole, this.add(part));
    if (most === undefined) return this.#then(whole, this.#star(this.add(part)));
    // x{2,4} is xx(x(x)?)?
    let optional = empty;
    for (let count = least; count < most; count += 1) {
      const { first, last } = this.#then(this.add(part), optional);
      optional = { nullable: true, first, last };
    }
    return this.#then(whole, optional);
  }

  #star(inner: Fragment): Fragment {
    this.#connect(inner.last, inner.first);
    return { ...inner, nullable: true };
  }

  #then(before: Fragment, after: Fragment): Fragment {
    this.#connect(before.last, after.first);
    return {
      nullable: before.nullable && after.nullable,
      first: before.nullable ? [...before.first, ...after.first] : before.first,
      last: after.nullable ? [...before.last, ...after.last] : after.last,
    };
  }

  #connect(from: readonly number[], to: readonly number[]): void {
    for (const position of from) for (const next of to) this.follow[position]?.add(next);
  }
}

const empty: Fragment = { nullable: true, first: [], last: [] };
const nothing: Fragment = { nullable: false, first: [], last: [] };
const either = (one: Fragment, other: Fragment): Fragment => ({
  nullable: one.nullable || other.nullable,
  first: [...one.first, ...other.first],
  last: [...one.last, ...other.last],
});
