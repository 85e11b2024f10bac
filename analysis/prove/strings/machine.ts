/**
 * A deterministic automaton that reads a text one code point at a time. Its states are made as they are reached; equal
 * states have equal keys.
 */
export interface Machine<State = unknown> {
  /** Machines with equal names give equal outputs for every text. */
  readonly name: string;
  readonly start: State;
  step(state: State, point: number): State;
  /** What it says of the text that led here. */
  output(state: State): string;
  key(state: State): string;
  /** Code points for which this is the same take every state to the same state. */
  signature(point: number): string;
  /** Code points at which the signature may change. */
  readonly cuts: readonly number[];
}

export const accepted = "1";
export const refused = "0";
const verdict = (accepts: boolean): string => (accepts ? accepted : refused);

export const pointsOf = (text: string): readonly number[] =>
  Array.from(text, (character) => character.codePointAt(0) ?? 0);

/** A code point by itself where it is one of these, and as any other where not. */
function among(points: readonly number[]) {
  const known = new Set(points);
  return {
    signature: (point: number) => (known.has(point) ? String(point) : ""),
    cuts: [...known].flatMap((point) => [point, point + 1]),
  };
}

/** Which of some texts it is; none: refused. */
export function oneOf(texts: readonly string[]): Machine<string | undefined> {
  const prefixes = new Set<string>();
  for (const text of texts) for (let end = 0; end <= text.length; end += 1) prefixes.add(text.slice(0, end));
  const index = new Map(texts.map((text, place) => [text, String(place + 1)]));
  return {
    name: `one of ${JSON.stringify(texts)}`,
    start: "",
    step: (state, point) => {
      const next = state === undefined ? undefined : state + String.fromCodePoint(point);
      return next !== undefined && prefixes.has(next) ? next : undefined;
    },
    output: (state) => (state === undefined ? refused : (index.get(state) ?? refused)),
    key: (state) => (state === undefined ? "none" : `=${state}`),
    ...among(texts.flatMap(pointsOf)),
  };
}

export function beginsWith(prefix: string): Machine<number> {
  const points = pointsOf(prefix);
  return {
    name: `begins with ${JSON.stringify(prefix)}`,
    start: 0,
    step: (state, point) => (state === points.length ? state : points[state] === point ? state + 1 : -1),
    output: (state) => verdict(state === points.length),
    key: String,
    ...among(points),
  };
}

/** How much of a word the text read so far ends with. */
export function wordMatcher(word: readonly number[]): (matched: number, point: number) => number {
  const fallback = [0];
  for (let place = 1; place < word.length; place += 1) {
    let length = fallback[place - 1] ?? 0;
    while (length > 0 && word[length] !== word[place]) length = fallback[length - 1] ?? 0;
    fallback.push(word[length] === word[place] ? length + 1 : 0);
  }
  return (matched, point) => {
    let length = matched === word.length ? (fallback[matched - 1] ?? 0) : matched;
    while (length > 0 && word[length] !== point) length = fallback[length - 1] ?? 0;
    return word[length] === point ? length + 1 : 0;
  };
}

export function endsWith(suffix: string): Machine<number> {
  const points = pointsOf(suffix);
  const step = wordMatcher(points);
  return {
    name: `ends with ${JSON.stringify(suffix)}`,
    start: 0,
    step,
    output: (state) => verdict(state === points.length),
    key: String,
    ...among(points),
  };
}

export function holds(part: string): Machine<number> {
  const points = pointsOf(part);
  const step = wordMatcher(points);
  return {
    name: `holds ${JSON.stringify(part)}`,
    start: 0,
    step: (state, point) => (state === points.length ? state : step(state, point)),
    output: (state) => verdict(state === points.length),
    key: String,
    ...among(points),
  };
}

/** Whether it has more characters than so many. */
export function longerThan(count: number): Machine<number> {
  return {
    name: `longer than ${count}`,
    start: 0,
    step: (state) => Math.min(state + 1, count + 1),
    output: (state) => verdict(state > count),
    key: String,
    signature: () => "",
    cuts: [],
  };
}

/** What a machine says of the text with others around it. */
export function surrounded<State>(before: string, after: string, inner: Machine<State>): Machine<State> {
  const run = (state: State, text: string) => pointsOf(text).reduce(inner.step, state);
  return {
    ...inner,
    name: `${JSON.stringify(before)} and ${JSON.stringify(after)} around: ${inner.name}`,
    start: run(inner.start, before),
    output: (state) => inner.output(run(state, after)),
  };
}

type Extraction<State> =
  | { readonly phase: "before"; readonly matched: number }
  | { readonly phase: "within"; readonly state: State; readonly matched: number }
  | { readonly phase: "after"; readonly output: string };

/** What a machine says of what stands between the first prefix and the first suffix after it; see extract(). */
export function ofPartBetween<State>(
  prefix: string,
  suffix: string,
  inner: Machine<State>,
): Machine<Extraction<State>> {
  const [before, after] = [pointsOf(prefix), pointsOf(suffix)];
  const [seekPrefix, seekSuffix] = [wordMatcher(before), wordMatcher(after)];
  const own = among([...before, ...after]);
  const within = (state: State, matched: number): Extraction<State> => ({ phase: "within", state, matched });
  return {
    name: `${JSON.stringify(prefix)} to ${JSON.stringify(suffix)}: ${inner.name}`,
    start: before.length === 0 ? within(inner.start, 0) : { phase: "before", matched: 0 },
    step: (at, point) => {
      if (at.phase === "after") return at;
      if (at.phase === "before") {
        const matched = seekPrefix(at.matched, point);
        return matched === before.length ? within(inner.start, 0) : { phase: "before", matched };
      }
      if (after.length === 0) return within(inner.step(at.state, point), 0);
      const matched = seekSuffix(at.matched, point);
      if (matched === after.length) return { phase: "after", output: inner.output(at.state) };
      // What may yet be the suffix waits; what can no longer be it belongs to the part.
      const waiting = [...after.slice(0, at.matched), point];
      return within(waiting.slice(0, waiting.length - matched).reduce(inner.step, at.state), matched);
    },
    output: (at) => {
      if (at.phase === "after") return at.output;
      return inner.output(at.phase === "within" && after.length === 0 ? at.state : inner.start);
    },
    key: (at) => {
      if (at.phase === "after") return `after ${at.output}`;
      return at.phase === "before" ? `before ${at.matched}` : `within ${at.matched} ${inner.key(at.state)}`;
    },
    signature: (point) => `${own.signature(point)} ${inner.signature(point)}`,
    cuts: [...own.cuts, ...inner.cuts],
  };
}
