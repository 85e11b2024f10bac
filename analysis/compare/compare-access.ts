import type { Provider } from "../access/federation";
import { admissionOf, claimsOf } from "../prove/admission";
import { type Decision, decide, type Question } from "../prove/decide";
import type { FederatedMember } from "../prove/member";
import { counterexample } from "../prove/proof-context";
import { reachedBy, reaches, routesOf } from "../prove/reach";
import type { Route } from "../prove/routes";
import { createSolver, type Solver } from "../prove/solver";
import { and, not, or } from "../prove/term";
import type { FindUnresolved } from "../prove/universe";
import type { Resource } from "../terraform/resource";
import {
  type AccessComparison,
  type AccessDifference,
  type AudienceDifference,
  type Change,
  inWords,
  type Target,
} from "./comparison";
import { differs, mapsOthersAlike } from "./rewritten";
import { presentedTo, routesTo, type Side, sameIssuer, sideOf, targetsOf, wordsOf, wordsOfRoute } from "./side";

export interface CompareOptions {
  /** Of the whole comparison, in milliseconds; 30,000 unless given. */
  readonly milliseconds?: number;
  readonly now?: Date;
  /** Values that whoever applies gives; see UnresolvedValues.inputsIn. Both sides have to share one UnresolvedValues. */
  readonly inputsIn?: FindUnresolved;
  /** A solver to share; otherwise one is started and ended. */
  readonly solver?: Solver;
}

/**
 * What the change from one set of resources to another opens and closes: for each account and each right, tokens that
 * reach it on one side only. A token is the same on both sides whatever its audience, as long as the issuer signs it; that a
 * provider takes further audiences is a difference of its own. Where nothing changed that decides, nothing is asked, and no
 * solver is started.
 */
export async function compareAccess(
  base: readonly Resource[],
  head: readonly Resource[],
  options: CompareOptions = {},
): Promise<AccessComparison> {
  const solver = options.solver ?? createSolver();
  try {
    return await new Comparison(sideOf(base), sideOf(head), solver, options).run();
  } finally {
    if (options.solver === undefined) solver.close();
  }
}

const usualMilliseconds = 30_000;
/** What each question has, while there is as much. */
const leastMilliseconds = 5000;

/** A provider on the other side that may admit the same tokens, with its ways to the same target. */
interface Rival {
  readonly provider: Provider;
  readonly routes: readonly Route[];
}

class Comparison {
  readonly #deadline: number;
  readonly #now: Date;
  readonly #differences: AccessDifference[] = [];
  readonly #undecided: { readonly subject: string; readonly reason: string }[] = [];
  /** Names of providers that are written otherwise and mean the same. */
  readonly #rewritten = new Set<string>();

  constructor(
    private readonly base: Side,
    private readonly head: Side,
    private readonly solver: Solver,
    private readonly options: CompareOptions,
  ) {
    this.#deadline = Date.now() + (options.milliseconds ?? usualMilliseconds);
    this.#now = options.now ?? new Date();
  }

  async run(): Promise<AccessComparison> {
    const { base, head } = this;
    for (const provider of head.model.providers.values()) await this.#compareWords(provider);
    for (const target of targetsOf(base, head)) {
      await this.#onlyOn(head, base, "gained", target);
      await this.#onlyOn(base, head, "lost", target);
    }
    for (const { address, problem } of [...base.model.unreadable, ...head.model.unreadable])
      this.#undecided.push({ subject: address, reason: `it is not read: ${problem}` });
    return {
      differences: this.#differences,
      audiences: [...this.#audiencesOnlyOn(head, base, "gained"), ...this.#audiencesOnlyOn(base, head, "lost")],
      rewritten: [...this.#rewritten].map((name) => head.model.providers.get(name)?.address ?? name),
      undecided: this.#undecided,
    };
  }

  async #compareWords(after: Provider): Promise<void> {
    const before = this.base.model.providers.get(after.name);
    if (before === undefined || wordsOf(before) === wordsOf(after)) return;
    if (!sameIssuer(before.issuer, after.issuer) || !mapsOthersAlike(before, after)) return;
    const decision = await this.#decide(differs(this.base, before, this.head, after));
    if (decision.kind === "none") this.#rewritten.add(after.name);
  }

  async #onlyOn(side: Side, other: Side, change: Change, target: Target): Promise<void> {
    const [all, others] = [routesTo(side, target), routesTo(other, target)];
    // Of a member that whoever applies gives it is asked once, and not of each provider whether it might be meant.
    const own = all.filter(({ member }) => !this.#isGiven(member));
    const given = (routes: readonly Route[]) =>
      new Map(
        routes.flatMap(({ member, binding }) => (this.#isGiven(member) ? [[member.text, binding] as const] : [])),
      );
    const before = given(others);
    for (const [member, { address }] of given(all))
      if (!before.has(member) && !this.#undecided.some(({ subject }) => subject === address))
        this.#undecided.push({ subject: address, reason: `whom ${member} names is not known before apply` });
    const known = other.index.beyond(others);
    for (const [pool, { binding }] of side.index.beyond(own))
      if (!known.has(pool))
        this.#undecided.push({
          subject: `${binding.address} to ${inWords(target)}`,
          reason: `it ${change === "gained" ? "lets in" : "no longer lets in"} ${pool}, of which is not declared here whom it admits`,
        });
    for (const provider of side.index.providersOf(own)) {
      const routes = routesOf(provider, own);
      const rivals = other.index
        .providersOf(others)
        .filter(({ issuer }) => sameIssuer(issuer, provider.issuer))
        .map((rival): Rival => ({ provider: rival, routes: routesOf(rival, others) }));
      if (rivals.some((rival) => this.#coversInWords(rival, other, { provider, routes }, side))) continue;
      const decision = await this.#decide(this.#question(side, provider, routes, other, rivals));
      if (decision.kind === "undecided")
        this.#undecided.push({ subject: `${provider.address} to ${inWords(target)}`, reason: decision.reason });
      const [token] = decision.kind === "found" ? decision.tokens : [];
      const reached = token && reachedBy(side.model, token, routes, this.#now);
      if (token === undefined || reached === undefined) continue;
      const what = target.kind === "account" ? `become ${target.email}` : `have ${inWords(target)}`;
      this.#differences.push({
        change,
        target,
        provider: provider.address,
        explanation:
          change === "gained"
            ? `A token that could not ${what} before can do so through ${provider.address}.`
            : `A token that could ${what} through ${provider.address} no longer can.`,
        witness: counterexample(token, reached),
      });
    }
  }

  /** Whether a rival says the same word for word, or is the same provider put in other words. */
  #coversInWords(rival: Rival, other: Side, { provider, routes }: Rival, side: Side): boolean {
    const same = rival.provider.name === provider.name && this.#rewritten.has(provider.name);
    if (!same && wordsOf(provider) !== wordsOf(rival.provider)) return false;
    const enabled = ({ model }: Side, { pool }: Provider) => model.pools.get(pool)?.disabled === false;
    if (enabled(side, provider) && !enabled(other, rival.provider)) return false;
    const known = new Set(rival.routes.map((route) => wordsOfRoute(route, rival.provider.pool)));
    return routes.every((route) => known.has(wordsOfRoute(route, provider.pool)));
  }

  #question(side: Side, provider: Provider, routes: readonly Route[], other: Side, rivals: readonly Rival[]): Question {
    return {
      limits: true,
      build: (universe) => {
        const token = universe.token("token", claimsOf(provider));
        const here = reaches(universe, admissionOf(universe, side.model, provider, token), routes);
        const there = rivals.map((rival) =>
          reaches(
            universe,
            admissionOf(universe, other.model, rival.provider, token),
            rival.routes.filter(({ doubts }) => doubts.length === 0),
          ),
        );
        return { formula: and(here, not(or(...there))), tokens: [{ token, provider }] };
      },
      confirms: ([token]) =>
        token !== undefined &&
        reachedBy(side.model, token, routes, this.#now) !== undefined &&
        !rivals.some((rival) => reachedBy(other.model, presentedTo(token, rival.provider), rival.routes, this.#now)),
    };
  }

  #audiencesOnlyOn(side: Side, other: Side, change: Change): readonly AudienceDifference[] {
    return [...side.model.providers.values()].flatMap((provider) => {
      const { issuer } = provider;
      const before = other.model.providers.get(provider.name)?.issuer;
      if (before?.kind !== "oidc" || issuer.kind !== "oidc") return [];
      const known = new Set(before.audiences);
      return issuer.audiences
        .filter((audience) => !known.has(audience))
        .map((audience) => ({ change, provider: provider.address, audience }));
    });
  }

  #isGiven(member: FederatedMember): member is Extract<FederatedMember, { kind: "unresolved" }> {
    return member.kind === "unresolved" && (this.options.inputsIn?.(member.text).length ?? 1) > 1;
  }

  /** One hard question leaves time for the others. */
  #decide(question: Question): Promise<Decision> {
    const { inputsIn } = this.options;
    const remaining = Math.max(0, this.#deadline - Date.now());
    const milliseconds = Math.min(remaining, Math.max(Math.floor(remaining / 2), leastMilliseconds));
    return decide(question, { solver: this.solver, milliseconds, ...(inputsIn === undefined ? {} : { inputsIn }) });
  }
}
