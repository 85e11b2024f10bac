import { lastCodePoint } from "../character-set";
import type { Machine } from "./machine";

/** Texts of which all machines say the same. */
export interface TextClass {
  /** Outputs, in the order of the machines. */
  readonly outputs: readonly string[];
  /** The shortest of its texts; all of them, where these are fewer than were asked for. */
  readonly texts: readonly string[];
}

const stateLimit = 20_000;
const stepLimit = 4_000_000;

/**
 * The classes into which machines divide all texts, by their product, read breadth first: so each class comes with its
 * shortest texts.
 * @param witnesses how many texts of each class are wanted
 * @returns undefined where the product is too large
 */
export function partition(machines: readonly Machine[], witnesses: number): readonly TextClass[] | undefined {
  const alphabet = symbolsOf(machines, witnesses);
  const compiled = machines.map((machine) => new CompiledMachine(machine, alphabet));
  const classes = new Map<string, { outputs: readonly string[]; texts: string[] }>();
  const arrivals = new Map<string, number>();
  let open: { readonly states: readonly number[]; readonly text: string }[] = [];
  let steps = 0;

  const arrive = (states: readonly number[], text: string): void => {
    const key = states.join();
    const times = arrivals.get(key) ?? 0;
    // The shortest texts of a class pass through a state at most as often as texts are wanted.
    if (times >= witnesses) return;
    arrivals.set(key, times + 1);
    open.push({ states, text });
    const outputs = states.map((state, index) => compiled[index]?.output(state) ?? "");
    const name = outputs.join();
    const known = classes.get(name);
    if (known === undefined) classes.set(name, { outputs, texts: [text] });
    else if (known.texts.length < witnesses) known.texts.push(text);
  };

  arrive(
    compiled.map(() => 0),
    "",
  );
  while (open.length > 0) {
    const level = open;
    open = [];
    for (const { states, text } of level) {
      steps += alphabet.length * machines.length;
      if (arrivals.size > stateLimit || steps > stepLimit) return undefined;
      for (const [symbol, points] of alphabet.entries()) {
        const next = states.map((state, index) => compiled[index]?.step(state, symbol) ?? 0);
        for (const point of points) arrive(next, text + String.fromCodePoint(point));
      }
    }
  }
  return [...classes.values()];
}

/** Code points that no machine tells apart, each group by a few of its own; the readable ones first. */
function symbolsOf(machines: readonly Machine[], each: number): readonly (readonly number[])[] {
  const cuts = new Set([0, ...surrogates, ...preferred.flat(), ...machines.flatMap((machine) => machine.cuts)]);
  const starts = [...cuts].filter((point) => point <= lastCodePoint).sort((a, b) => a - b);
  const groups = new Map<string, number[]>();
  for (const [index, start] of starts.entries()) {
    if (start >= surrogates[0] && start < surrogates[1]) continue;
    const signature = machines.map((machine) => machine.signature(start)).join("|");
    const end = starts[index + 1] ?? lastCodePoint + 1;
    const points = Array.from({ length: Math.min(each, end - start) }, (_, offset) => start + offset);
    groups.set(signature, [...(groups.get(signature) ?? []), ...points]);
  }
  return [...groups.values()].map((points) =>
    points.sort((a, b) => readability(a) - readability(b) || a - b).slice(0, each),
  );
}

/** Halves of pairs: no characters by themselves. */
const surrogates = [0xd800, 0xe000] as const;
/** Beginnings and ends of the characters that a person reads most easily. */
const preferred = [
  [0x61, 0x7b],
  [0x30, 0x3a],
  [0x41, 0x5b],
  [0x21, 0x7f],
] as const;
const readability = (point: number): number => {
  const place = preferred.findIndex(([low, high]) => low <= point && point < high);
  return place === -1 ? preferred.length : place;
};

/** A machine with numbered states and a table of steps. */
class CompiledMachine {
  readonly #states: unknown[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #steps: (number | undefined)[][] = [];

  constructor(
    private readonly machine: Machine,
    private readonly alphabet: readonly (readonly number[])[],
  ) {
    this.#numberOf(machine.start);
  }

  step(state: number, symbol: number): number {
    const row = this.#steps[state] ?? [];
    const known = row[symbol];
    if (known !== undefined) return known;
    const next = this.#numberOf(this.machine.step(this.#states[state], this.alphabet[symbol]?.[0] ?? 0));
    row[symbol] = next;
    return next;
  }

  output(state: number): string {
    return this.machine.output(this.#states[state]);
  }

  #numberOf(state: unknown): number {
    const key = this.machine.key(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.push(state) - 1;
    this.#steps.push([]);
    this.#numbers.set(key, number);
    return number;
  }
}
