import type { Provider } from "../access/federation";
import { signedByIssuer } from "./admission";
import { type ClaimVariable, kindDeclaration } from "./claim-variable";
import { type ModelValue, readModelValues } from "./model-values";
import type { Solver, SolverAnswer } from "./solver";
import { type Abstraction, abstractTexts, type KnownPartitions } from "./strings/abstraction";
import { compare, integer, no, scriptOf, sum, type Term } from "./term";
import { betweenDefinition, isText } from "./text-terms";
import { type FindUnresolved, TooLargeError, Universe, type UniverseOptions } from "./universe";
import {
  isReadable,
  type Model,
  optionalClaims,
  readToken,
  textVariablesOf,
  valuesOf,
  type WitnessToken,
} from "./witness-token";

/** A question whether there are tokens of some kind; what there must not be. */
export interface Question {
  /** What the tokens have to satisfy, and whose they are. */
  build(universe: Universe): { readonly formula: Term<"Bool">; readonly tokens: readonly AskedToken[] };
  /** Whether it matters that Google refuses what is too large: where tokens are asked for that are refused. */
  readonly limits?: boolean;
  /** Whether any witness will do, as nobody is shown it. */
  readonly unseen?: boolean;
  /** Whether the evaluator finds the same of tokens that a solver made up. */
  confirms(tokens: readonly WitnessToken[]): boolean;
}

export interface AskedToken {
  readonly token: ClaimVariable;
  readonly provider: Provider;
}

export type Decision =
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly tokens: readonly WitnessToken[] }
  | { readonly kind: "undecided"; readonly reason: string };

export interface DecideOptions {
  readonly solver: Solver;
  /** Of all questions to the solver together. */
  readonly milliseconds: number;
  /** Values that whoever applies gives; see UnresolvedValues.inputsIn. */
  readonly inputsIn?: FindUnresolved;
}

/** Rounds in which lists are written out longer until they are long enough. */
const listRounds = 8;
/** Longest script, in characters. */
const scriptLimit = 2_000_000;
/** Share of the time that is spent on making a token smaller. */
const minimisingMilliseconds = 2500;
const attemptMilliseconds = 700;

/**
 * Whether there are such tokens. `none` holds for every token that the issuers can sign; `found` are tokens that the
 * evaluator confirms, as small as was found in time. Everything else is undecided.
 */
export async function decide(question: Question, options: DecideOptions): Promise<Decision> {
  try {
    return await decided(question, options, Date.now() + options.milliseconds);
  } catch (error) {
    // A RangeError is a formula nested deeper than can be walked.
    if (error instanceof TooLargeError || error instanceof RangeError)
      return { kind: "undecided", reason: "the condition is too large for the solver" };
    throw error;
  }
}

async function decided(question: Question, options: DecideOptions, deadline: number): Promise<Decision> {
  // Sizes are dear to the solver and seldom matter: they are counted only where leaving them out misleads.
  const loose = question.limits ? undefined : await attempt(question, options, deadline, {});
  if (loose !== undefined && loose.kind !== "unconfirmed") return loose;
  const strict = await attempt(question, options, deadline, { limits: true });
  return strict.kind === "unconfirmed" ? { kind: "undecided", reason: strict.reason } : strict;
}

type Attempt = Decision | { readonly kind: "unconfirmed"; readonly reason: string };

async function attempt(
  question: Question,
  options: DecideOptions,
  deadline: number,
  universeOptions: UniverseOptions,
): Promise<Attempt> {
  const session = sessionFor(question, options, deadline, universeOptions);
  if (session === undefined) return { kind: "undecided", reason: "the question is too large for the solver" };
  const first = await session.ask([]);
  if (first.kind === "undecided") return first;
  if (first.kind === "model") {
    const witness = await smallestWitness(question, session, first);
    if (witness !== undefined) return { kind: "found", tokens: witness };
    const [part] = session.universe.untranslated;
    const reason = part === undefined ? "the evaluator does not confirm the solver's token" : `not translated: ${part}`;
    return { kind: "unconfirmed", reason };
  }
  const { inputsIn } = options;
  if (inputsIn === undefined) return first;
  return withInputs(question, options, deadline, { ...universeOptions, inputsIn });
}

/** The same where values that are not known yet may turn out to be anything. */
async function withInputs(
  question: Question,
  options: DecideOptions,
  deadline: number,
  universeOptions: UniverseOptions,
): Promise<Attempt> {
  const session = sessionFor(question, options, deadline, universeOptions);
  if (session === undefined) return { kind: "undecided", reason: "the question is too large for the solver" };
  const { unresolved } = session.universe;
  if (unresolved.length === 0) return { kind: "none" };
  const answer = await session.ask([]);
  if (answer.kind !== "model") return answer;
  return { kind: "undecided", reason: `it depends on ${unresolved.join(", ")}, which is not known before apply` };
}

type Answer = Exclude<SolverAnswer, { kind: "model" }> | { readonly kind: "model"; readonly model: Model };

interface Session {
  readonly universe: Universe;
  readonly tokens: readonly AskedToken[];
  /** @param size most characters of all texts together */
  ask(
    more: readonly Term<"Bool">[],
    limits?: { readonly milliseconds: number; readonly size?: number },
  ): Promise<Answer>;
  remaining(): number;
}

/** The question in the solver's terms, its lists as long as it needs them. */
function sessionFor(
  question: Question,
  { solver }: DecideOptions,
  deadline: number,
  universeOptions: UniverseOptions,
): Session | undefined {
  const sizes = new Map<string, number>();
  for (let round = 0; round < listRounds; round += 1) {
    const universe = new Universe(sizes, universeOptions);
    const { formula, tokens } = question.build(universe);
    const signed = formula === no ? [] : tokens.flatMap(({ token, provider }) => signedByIssuer(provider, token));
    const short = [...universe.listNeeds].filter(([path, need]) => need > (sizes.get(path) ?? 0));
    if (short.length > 0) {
      for (const [path, need] of short) sizes.set(path, need);
      continue;
    }
    const assertions = [...universe.constraints, ...signed, formula];
    const partitions: KnownPartitions = new Map();
    return {
      universe,
      tokens,
      remaining: () => deadline - Date.now(),
      ask: (more, { milliseconds, size } = { milliseconds: Number.POSITIVE_INFINITY }) =>
        askSolver(solver, [...assertions, ...more], tokens, partitions, {
          milliseconds: Math.min(milliseconds, deadline - Date.now()),
          ...(size === undefined ? {} : { size }),
        }),
    };
  }
  return undefined;
}

async function askSolver(
  solver: Solver,
  assertions: readonly Term<"Bool">[],
  tokens: readonly AskedToken[],
  partitions: KnownPartitions,
  { milliseconds, size }: { readonly milliseconds: number; readonly size?: number },
): Promise<Answer> {
  if (assertions.includes(no)) return { kind: "none" };
  if (milliseconds <= 0) return { kind: "undecided", reason: "not decided in time" };
  const values = [...new Set(tokens.flatMap(({ token }) => valuesOf(token)))];
  const abstraction = abstractTexts(assertions, values.filter(isCondition), partitions);
  const asked = values.map((value) => askedFor(value, abstraction));
  const short = size === undefined ? [] : [compare("<=", sizeOf(tokens, abstraction), integer(size))];
  const all = [...abstraction.assertions, ...short];
  if (all.includes(no)) return { kind: "none" };
  const script = `${kindDeclaration}\n${betweenDefinition}\n${scriptOf(all, [...new Set(asked.flatMap(({ terms }) => terms))])}`;
  if (script.length > scriptLimit) return { kind: "undecided", reason: "the question is too large for the solver" };
  const answer = await solver.solve(script, milliseconds);
  if (answer.kind !== "model") return answer;
  const terms = [...new Set(asked.flatMap((value) => value.terms))];
  const read = new Map(readModelValues(answer.values).map((value, index) => [terms[index], value]));
  const model = new Map(
    asked.flatMap(({ value, of }) => {
      const found = of((term) => read.get(term));
      return found === undefined ? [] : [[value, found] as const];
    }),
  );
  return { kind: "model", model };
}

const isCondition = (term: Term): term is Term<"Bool"> => term.sort === "Bool";

/** What to ask for to learn a value, and how to read it from the answers. */
interface Asked {
  readonly value: Term;
  readonly terms: readonly Term[];
  of(read: (term: Term) => ModelValue | undefined): ModelValue | undefined;
}

function askedFor(value: Term, abstraction: Abstraction): Asked {
  if (isText(value)) {
    const place = abstraction.placeOf(value);
    if (place !== undefined)
      return {
        value,
        terms: [place.classNumber, place.index],
        of: (read) => {
          const [number, index] = [read(place.classNumber), read(place.index)];
          return typeof number === "number" && typeof index === "number" ? place.read(number, index) : undefined;
        },
      };
  }
  const term = isCondition(value) ? abstraction.rewritten(value) : value;
  if (typeof term.literal === "boolean") return { value, terms: [], of: () => term.literal };
  return { value, terms: [term], of: (read) => read(term) };
}

const sizeOf = (tokens: readonly AskedToken[], abstraction: Abstraction): Term<"Int"> =>
  sum(tokens.flatMap(({ token }) => textVariablesOf(token)).flatMap((text) => abstraction.placeOf(text)?.size ?? []));

/** A confirmed witness, readable where there is one, with as few claims and as short texts as were found in time. */
async function smallestWitness(
  question: Question,
  session: Session,
  first: Extract<Answer, { kind: "model" }>,
): Promise<readonly WitnessToken[] | undefined> {
  let best: readonly WitnessToken[] | undefined = confirmed(question, session, first.model);
  if (best !== undefined && question.unseen) return best;
  const deadline = Date.now() + Math.min(minimisingMilliseconds, session.remaining());
  let kept: readonly Term<"Bool">[] = [];
  const shrink = async (more: readonly Term<"Bool">[], size?: number): Promise<boolean> => {
    if (Date.now() > deadline && best !== undefined) return false;
    const limits = { milliseconds: attemptMilliseconds, ...(size === undefined ? {} : { size }) };
    const answer = await session.ask([...kept, ...more], limits);
    const witness = answer.kind === "model" ? confirmed(question, session, answer.model) : undefined;
    if (witness === undefined) return false;
    best = witness;
    kept = [...kept, ...more];
    return true;
  };
  const tokens = session.tokens.map(({ token }) => token);
  await shrink(tokens.map(isReadable));
  if (best === undefined) return undefined;
  const optional = [...new Set(tokens.flatMap(optionalClaims))].map((claim) => claim.is("absent"));
  // Mostly none of them is needed, and one question is enough.
  if (optional.length < 2 || !(await shrink(optional))) for (const absent of optional) await shrink([absent]);
  let [low, high] = [0, charactersOf(best)];
  while (high - low > Math.max(1, high / 8)) {
    const middle = Math.floor((low + high) / 2);
    if (await shrink([], middle)) high = Math.min(middle, charactersOf(best));
    else low = middle;
  }
  return best;
}

/** About as many as the texts of the tokens have together that are not given by the provider. */
const charactersOf = (tokens: readonly WitnessToken[]): number =>
  tokens
    .flatMap(({ credential }) => Object.entries(credential.claims))
    .reduce((sum, [claim, value]) => sum + (claim === "iss" || claim === "aud" ? 0 : JSON.stringify(value).length), 0);

function confirmed(question: Question, { tokens }: Session, model: Model): readonly WitnessToken[] | undefined {
  const read = tokens.flatMap(({ token, provider }) => readToken(token, provider, model) ?? []);
  return read.length === tokens.length && question.confirms(read) ? read : undefined;
}
