import { and, no, or, type Term, yes } from "../term";
import { isText } from "../text-terms";
import { accepted, type Machine, pointsOf } from "./machine";

/** Most states in which a machine may be between two parts, and most machines that come of one. */
const stateLimit = 64;
const machineLimit = 64;

/**
 * What a machine says of a text made of several variables, said of each variable alone: it accepts where the first variable
 * drives it to some state from which the next drives it on, and so forth.
 * @param parts variables, literals, and texts made of one variable
 * @returns undefined where the machine has too many states
 */
export function splitBetween(parts: readonly Term[], machine: Machine): Term<"Bool"> | undefined {
  const splitter = new Splitter(parts, machine, representatives(machine));
  const formula = splitter.from(0, machine.start);
  return splitter.tooLarge ? undefined : formula;
}

class Splitter {
  tooLarge = false;
  readonly #known = new Map<string, Term<"Bool">>();

  constructor(
    private readonly parts: readonly Term[],
    private readonly machine: Machine,
    private readonly points: readonly number[],
  ) {}

  /** That the parts from one on lead from a state to acceptance. */
  from(index: number, state: unknown): Term<"Bool"> {
    const part = this.parts[index];
    if (part === undefined) return this.machine.output(state) === accepted ? yes : no;
    if (typeof part.literal === "string") return this.from(index + 1, this.#run(state, part.literal));
    const key = `${index} ${this.machine.key(state)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (!isText(part) || this.#known.size >= machineLimit) this.tooLarge = true;
    if (this.tooLarge) return no;
    const made = this.#through(index, part, state);
    this.#known.set(key, made);
    return made;
  }

  #through(index: number, part: Term, state: unknown): Term<"Bool"> {
    const next = this.parts[index + 1];
    const after = typeof next?.literal === "string" ? next.literal : "";
    const rest = index + (after === "" ? 1 : 2);
    const last = this.parts.slice(rest).every(({ literal }) => literal !== undefined);
    // States are told apart by what the literal that follows makes of them; at the end, by acceptance alone.
    const name = (reached: unknown) => (last ? String(this.from(rest, reached).literal) : this.machine.key(reached));
    const reached = new Map<string, unknown>();
    for (const end of this.#reachable(state)) {
      const then = this.#run(end, after);
      reached.set(name(then), then);
    }
    const driven: Machine = {
      ...this.machine,
      name: `${this.machine.name} from ${this.machine.key(state)} through ${JSON.stringify(after)}${last ? " to its end" : ""}`,
      start: state,
      output: (at) => name(this.#run(at, after)),
    };
    return or(...[...reached].map(([output, then]) => and(drives(part, driven, output), this.from(rest, then))));
  }

  #run(state: unknown, text: string): unknown {
    return pointsOf(text).reduce((at, point) => this.machine.step(at, point), state);
  }

  #reachable(start: unknown): readonly unknown[] {
    const found = new Map([[this.machine.key(start), start]]);
    for (const state of found.values())
      for (const point of this.points) {
        const next = this.machine.step(state, point);
        if (!found.has(this.machine.key(next))) found.set(this.machine.key(next), next);
        if (found.size > stateLimit) {
          this.tooLarge = true;
          return [];
        }
      }
    return [...found.values()];
  }
}

/** That a text takes a machine to where it says `output`. It has no meaning to a solver and has to be taken out before. */
const drives = (part: Term, machine: Machine, drivenTo: string): Term<"Bool"> => ({
  sort: "Bool",
  text: "drives",
  args: [part],
  machine,
  drivenTo,
});

/** Code points, one of each group that the machine does not tell apart. */
function representatives({ cuts, signature }: Machine): readonly number[] {
  const starts = new Set([0, ...cuts]);
  const groups = new Map([...starts].filter((point) => point <= 0x10ffff).map((point) => [signature(point), point]));
  return [...groups.values()];
}
