import type { Provider } from "../access/federation";
import type { AccessModel } from "../access/model";
import { type Admission, admissionOf, claimsOf } from "./admission";
import { type Decision, decide, type Question } from "./decide";
import type { ModelIndex } from "./model-index";
import { type Reached, reachedBy, reaches, routesOf } from "./reach";
import type { Route, Routes } from "./routes";
import type { Solver } from "./solver";
import { and, type Term, yes } from "./term";
import type { FindUnresolved, Universe } from "./universe";
import type { Counterexample, Verdict } from "./verdict";
import type { WitnessToken } from "./witness-token";

/** What every proof about one model needs. */
export interface ProofContext {
  readonly model: AccessModel;
  readonly index: ModelIndex;
  readonly routes: Routes;
  readonly solver: Solver;
  readonly now: Date;
  readonly inputsIn?: FindUnresolved;
  /** Of one invariant. */
  readonly milliseconds: number;
}

/** A question whose answer is a violation, or what no question can tell. */
export type Suspicion = Answerable | { readonly unknown: string };

interface Answerable {
  readonly question: Question;
  explain(tokens: readonly WitnessToken[]): Extract<Verdict, { verdict: "violated" }>;
  /** What the solver takes for given and the evaluator may not confirm. */
  readonly doubts: readonly string[];
}

/** Proved where none of the suspicions comes true; the first that does is the violation. */
export async function refute(context: ProofContext, suspicions: Iterable<Suspicion>): Promise<Verdict> {
  const deadline = Date.now() + context.milliseconds;
  let unknown: string | undefined;
  for (const suspicion of suspicions) {
    if ("unknown" in suspicion) {
      unknown ??= suspicion.unknown;
      continue;
    }
    const { question, explain, doubts } = suspicion;
    const decision = await decideBefore(context, question, deadline);
    if (decision.kind === "found") return explain(decision.tokens);
    if (decision.kind === "undecided") unknown ??= doubts[0] ?? decision.reason;
  }
  if (unknown !== undefined) return { verdict: "unknown", reason: unknown };
  const [unreadable] = context.model.unreadable;
  if (unreadable === undefined) return { verdict: "proved" };
  return { verdict: "unknown", reason: `${unreadable.address} is not read: ${unreadable.problem}` };
}

export function decideBefore(context: ProofContext, question: Question, deadline: number): Promise<Decision> {
  const { solver, inputsIn } = context;
  const milliseconds = Math.max(0, deadline - Date.now());
  return decide(question, { solver, milliseconds, ...(inputsIn === undefined ? {} : { inputsIn }) });
}

/** That routes begin with identities that are declared elsewhere: whom their pools admit cannot be told. */
export function* beyondReading({ index }: ProofContext, routes: readonly Route[]): Generator<Suspicion> {
  for (const [pool, { binding }] of index.beyond(routes))
    yield { unknown: `${binding.address} lets in ${pool}, of which is not declared here whom it admits` };
}

/** What is asked of a token beside that it reaches an account. */
export interface Restriction {
  /** In the solver's terms. */
  term(universe: Universe, admission: Admission): Term<"Bool">;
  /** As the evaluator sees it. */
  holds(token: WitnessToken): boolean;
}

export const unrestricted: Restriction = { term: () => yes, holds: () => true };

/** That a token of the provider reaches the end of one of the routes, with the restriction. */
export function* reachSuspicions(
  context: ProofContext,
  provider: Provider,
  routes: readonly Route[],
  restriction: Restriction,
  explain: (reached: Reached) => string,
): Generator<Suspicion> {
  const { model, now } = context;
  const own = routesOf(provider, routes);
  const certain = own.filter(({ doubts }) => doubts.length === 0);
  const doubtful = own.filter(({ doubts }) => doubts.length > 0);
  for (const part of [certain, doubtful]) {
    if (part.length === 0) continue;
    yield {
      doubts: part.flatMap(({ doubts }) => doubts),
      question: {
        build: (universe) => {
          const token = universe.token("token", claimsOf(provider));
          const admission = admissionOf(universe, model, provider, token);
          const formula = and(reaches(universe, admission, part), restriction.term(universe, admission));
          return { formula, tokens: [{ token, provider }] };
        },
        confirms: ([token]) =>
          token !== undefined && reachedBy(model, token, part, now) !== undefined && restriction.holds(token),
      },
      explain: ([token]) => {
        const reached = token && reachedBy(model, token, part, now);
        if (token === undefined || reached === undefined) throw new Error("a confirmed token reaches nothing");
        return {
          verdict: "violated",
          explanation: explain(reached),
          counterexamples: [counterexample(token, reached)],
        };
      },
    };
  }
}

/** The token as a reader takes it; on a route where it has one. */
export function counterexample(
  { provider, credential }: WitnessToken,
  { identity, route }: Counterpart,
): Counterexample {
  return {
    provider: provider.address,
    audience: `//iam.googleapis.com/${provider.name}`,
    credential,
    identity,
    accounts: route?.accounts ?? [],
    ...(route === undefined ? {} : { binding: route.binding.address }),
  };
}

export interface Counterpart {
  readonly identity: Reached["identity"];
  readonly route?: Route;
}
