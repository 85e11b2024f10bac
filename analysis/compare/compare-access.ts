import type { Issuer, Provider } from "../access/federation";
import { type AccessModel, buildAccessModel } from "../access/model";
import { admissionOf, claimsOf } from "../prove/admission";
import { type Decision, decide, type Question } from "../prove/decide";
import { directGrants } from "../prove/grants";
import { ModelIndex } from "../prove/model-index";
import { counterexample } from "../prove/proof-context";
import { identityOfToken, reachedBy, reaches, routesOf } from "../prove/reach";
import { type Route, Routes } from "../prove/routes";
import { createSolver, type Solver } from "../prove/solver";
import { and, not, or } from "../prove/term";
import { sameText } from "../prove/text-terms";
import type { FindUnresolved, Universe } from "../prove/universe";
import type { WitnessToken } from "../prove/witness-token";
import type { Resource } from "../terraform/resource";
import { type AccessComparison, type AccessDifference, inWords, type Target } from "./comparison";

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
 * provider takes further audiences is a difference of its own. Where nothing changed that decides, nothing is asked.
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

interface Side {
  readonly model: AccessModel;
  readonly routes: Routes;
  readonly grants: readonly Route[];
}

function sideOf(resources: readonly Resource[]): Side {
  const model = buildAccessModel(resources);
  // Who changes who becomes whom is compared as the accounts that may; not again as every account that they could become.
  return { model, routes: new Routes(model, "all accounts"), grants: directGrants(new ModelIndex(model)) };
}

class Comparison {
  readonly #deadline: number;
  readonly #now: Date;
  readonly #differences: AccessDifference[] = [];
  readonly #undecided: { readonly subject: string; readonly reason: string }[] = [];

  constructor(
    private readonly base: Side,
    private readonly head: Side,
    private readonly solver: Solver,
    private readonly options: CompareOptions,
  ) {
    this.#deadline = Date.now() + (options.milliseconds ?? 30_000);
    this.#now = options.now ?? new Date();
  }

  async run(): Promise<AccessComparison> {
    for (const target of this.#targets()) {
      await this.#onlyOn(this.head, this.base, "gained", target);
      await this.#onlyOn(this.base, this.head, "lost", target);
    }
    this.#audiences();
    const rewritten = await this.#rewritten();
    for (const { address, problem } of [...this.base.model.unreadable, ...this.head.model.unreadable])
      this.#undecided.push({ subject: address, reason: `it is not read: ${problem}` });
    return { differences: this.#differences, rewritten, undecided: this.#undecided };
  }

  #targets(): readonly Target[] {
    const accounts = new Set([this.base, this.head].flatMap(({ model }) => [...model.accounts.keys()]));
    const roles = [this.base, this.head].flatMap(({ grants }) => grants.map(({ binding }) => binding));
    const rights = new Map(roles.map(({ role, resource }) => [`${role} ${resource}`, { role, resource }]));
    return [
      ...[...accounts].map((email): Target => ({ kind: "account", email })),
      ...[...rights.values()].map((right): Target => ({ kind: "role", ...right })),
    ];
  }

  async #onlyOn(side: Side, other: Side, change: AccessDifference["change"], target: Target): Promise<void> {
    for (const provider of side.model.providers.values()) {
      const routes = routesOf(provider, routesTo(side, target));
      if (routes.length === 0) continue;
      const rivals = [...other.model.providers.values()]
        .filter(({ issuer }) => sameIssuer(issuer, provider.issuer))
        .map((rival) => ({ provider: rival, routes: routesOf(rival, routesTo(other, target)) }))
        .filter((rival) => rival.routes.length > 0);
      if (rivals.some((rival) => unchanged(side, provider, routes, other, rival.provider, rival.routes))) continue;
      const question = this.#question(side, provider, routes, other, rivals);
      const decision = await this.#decide(question);
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

  #question(
    side: Side,
    provider: Provider,
    routes: readonly Route[],
    other: Side,
    rivals: readonly { readonly provider: Provider; readonly routes: readonly Route[] }[],
  ): Question {
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

  /** Audiences that a provider takes on one side only. */
  #audiences(): void {
    for (const [side, other, change] of [
      [this.head, this.base, "gained"],
      [this.base, this.head, "lost"],
    ] as const)
      for (const provider of side.model.providers.values()) {
        const before = other.model.providers.get(provider.name);
        if (before?.issuer.kind !== "oidc" || provider.issuer.kind !== "oidc") continue;
        const known = new Set(before.issuer.audiences);
        const added = provider.issuer.audiences.filter((audience) => !known.has(audience));
        for (const audience of added) this.#audienceDifference(side, provider, audience, change);
      }
  }

  #audienceDifference(side: Side, provider: Provider, audience: string, change: AccessDifference["change"]): void {
    const widened = this.#targets().filter((target) => routesOf(provider, routesTo(side, target)).length > 0);
    for (const target of widened)
      this.#undecided.push({
        subject: `${provider.address} to ${inWords(target)}`,
        reason: `tokens made out for ${audience} are ${change === "gained" ? "now" : "no longer"} taken`,
      });
  }

  /** Providers that are written otherwise and admit the same tokens as the same identities. */
  async #rewritten(): Promise<readonly string[]> {
    const same: string[] = [];
    for (const provider of this.head.model.providers.values()) {
      const before = this.base.model.providers.get(provider.name);
      if (before === undefined || wordsOf(before) === wordsOf(provider) || !sameIssuer(before.issuer, provider.issuer))
        continue;
      const decision = await this.#decide(this.#differs(before, provider));
      if (decision.kind === "none") same.push(provider.address);
      else if (decision.kind === "undecided")
        this.#undecided.push({ subject: provider.address, reason: decision.reason });
    }
    return same;
  }

  #differs(before: Provider, after: Provider): Question {
    const [base, head] = [this.base.model, this.head.model];
    return {
      limits: true,
      unseen: true,
      build: (universe: Universe) => {
        const token = universe.token("token", claimsOf(after));
        const one = admissionOf(universe, base, before, token);
        const other = admissionOf(universe, head, after, token);
        const names = new Set([...one.attributes.keys(), ...other.attributes.keys()]);
        const attributes = [...names].map((name) => {
          const [a, b] = [one.attributes.get(name), other.attributes.get(name)];
          return a === undefined || b === undefined ? or() : sameText(a, b);
        });
        const sameIdentity = and(sameText(one.subject, other.subject), ...attributes);
        const both = and(one.admitted, other.admitted);
        const formula = or(
          and(one.admitted, not(other.admitted)),
          and(other.admitted, not(one.admitted)),
          and(both, not(sameIdentity)),
        );
        return { formula, tokens: [{ token, provider: after }] };
      },
      confirms: ([token]) => {
        if (token === undefined) return false;
        const identities = [
          identityOfToken(base, presentedTo(token, before)),
          identityOfToken(head, presentedTo(token, after)),
        ];
        const [a, b] = identities.map((identity) => JSON.stringify(identity));
        return a !== b;
      },
    };
  }

  #decide(question: Question): Promise<Decision> {
    const { inputsIn } = this.options;
    const milliseconds = Math.max(0, this.#deadline - Date.now());
    return decide(question, { solver: this.solver, milliseconds, ...(inputsIn === undefined ? {} : { inputsIn }) });
  }
}

function routesTo(side: Side, target: Target): readonly Route[] {
  if (target.kind === "account") return side.routes.to(target.email);
  return side.grants.filter(({ binding }) => binding.role === target.role && binding.resource === target.resource);
}

/** The token as its holder would have it signed for another provider of the same issuer. */
const presentedTo = ({ credential }: WitnessToken, provider: Provider): WitnessToken => ({
  provider,
  credential:
    credential.kind === "oidc" && provider.issuer.kind === "oidc"
      ? { ...credential, audiences: provider.issuer.audiences }
      : credential,
});

function sameIssuer(one: Issuer, other: Issuer): boolean {
  if (one.kind === "aws" || other.kind === "aws")
    return one.kind === "aws" && other.kind === "aws" && one.account === other.account;
  if (one.kind !== "oidc" || other.kind !== "oidc") return JSON.stringify(one) === JSON.stringify(other);
  return one.issuer.replace(/\/$/, "") === other.issuer.replace(/\/$/, "");
}

/** What decides whom a provider admits and as whom. */
const wordsOf = ({ condition, mapping, disabled }: Provider): string =>
  JSON.stringify([condition, [...mapping].sort(), disabled]);

/** Whether both sides say the same, word for word. */
function unchanged(
  side: Side,
  provider: Provider,
  routes: readonly Route[],
  other: Side,
  rival: Provider,
  rivalRoutes: readonly Route[],
): boolean {
  if (wordsOf(provider) !== wordsOf(rival)) return false;
  if (side.model.pools.get(provider.pool)?.disabled !== other.model.pools.get(rival.pool)?.disabled) return false;
  const named = (own: Provider) => (route: Route) =>
    JSON.stringify([
      route.binding.member.replaceAll(own.pool, "POOL"),
      route.accounts,
      route.doubts,
      route.binding.condition,
    ]);
  const known = new Set(rivalRoutes.map(named(rival)));
  return routes.every((route) => known.has(named(provider)(route)));
}
