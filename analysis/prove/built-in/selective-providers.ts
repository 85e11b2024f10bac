import { evaluateExchange } from "../../access/exchange";
import type { Provider } from "../../access/federation";
import { admissionOf, claimsOf } from "../admission";
import type { Question } from "../decide";
import { knowledgeOf } from "../issuers";
import { counterexample, decideBefore, refute } from "../proof-context";
import { identityOfToken } from "../reach";
import { and, not, type Term } from "../term";
import type { Verdict } from "../verdict";
import type { WitnessToken } from "../witness-token";
import { type BuiltIn, type BuiltInScope, providersOf } from "./built-in";

/** A condition that nothing fulfils is a mistake, and one that everything fulfils is none. */
export const selectiveProviders: BuiltIn = {
  name: "selective-providers",
  statement: "every provider admits something, and not everything that its issuer signs",
  prove: async (scope) => {
    const deadline = Date.now() + scope.context.milliseconds;
    let unknown: Verdict | undefined;
    for (const provider of providersOf(scope)) {
      if (provider.disabled || scope.context.model.pools.get(provider.pool)?.disabled) continue;
      const verdict = await verdictOf(scope, provider, deadline);
      if (verdict.verdict === "violated") return verdict;
      if (verdict.verdict === "unknown") unknown ??= verdict;
    }
    return unknown ?? refute(scope.context, []);
  },
};

async function verdictOf(scope: BuiltInScope, provider: Provider, deadline: number): Promise<Verdict> {
  const { context } = scope;
  const { model } = context;
  const admits = (unseen: boolean) =>
    asking(
      scope,
      provider,
      ({ admitted: all }) => all,
      (token) => identityOfToken(model, token) !== undefined,
      unseen,
    );
  const admitted = await decideBefore(context, admits(true), deadline);
  if (admitted.kind === "undecided") return { verdict: "unknown", reason: `${provider.address}: ${admitted.reason}` };
  if (admitted.kind === "none")
    return { verdict: "violated", explanation: `${provider.address} admits nothing at all`, counterexamples: [] };
  // People of one tenant sign in to a workforce pool; which of them may do what is for the bindings to say.
  if (provider.kind === "workforce" && knowledgeOf(provider.issuer).ofOneTenant?.(provider.issuer))
    return { verdict: "proved" };
  const refused = await decideBefore(
    context,
    asking(
      scope,
      provider,
      ({ mapped, conditionTrue }) => and(mapped, not(conditionTrue)),
      (token) => refusedByCondition(scope, token),
      true,
    ),
    deadline,
  );
  if (refused.kind === "undecided") return { verdict: "unknown", reason: `${provider.address}: ${refused.reason}` };
  if (refused.kind === "found") return { verdict: "proved" };
  const shown = await decideBefore(context, admits(false), deadline);
  return {
    verdict: "violated",
    explanation: `${provider.address} admits every token of its issuer that it can map`,
    counterexamples: (shown.kind === "found" ? shown : admitted).tokens.flatMap((token) => {
      const identity = identityOfToken(model, token);
      return identity === undefined ? [] : [counterexample(token, { identity })];
    }),
  };
}

function asking(
  { context }: BuiltInScope,
  provider: Provider,
  formula: (admission: { mapped: Term<"Bool">; conditionTrue: Term<"Bool">; admitted: Term<"Bool"> }) => Term<"Bool">,
  confirms: (token: WitnessToken) => boolean,
  unseen: boolean,
): Question {
  return {
    unseen,
    build: (universe) => {
      const token = universe.token("token", claimsOf(provider));
      return {
        formula: formula(admissionOf(universe, context.model, provider, token)),
        tokens: [{ token, provider }],
      };
    },
    confirms: ([token]) => token !== undefined && confirms(token),
  };
}

function refusedByCondition({ context }: BuiltInScope, { provider, credential }: WitnessToken): boolean {
  const decision = evaluateExchange(context.model, `//iam.googleapis.com/${provider.name}`, credential);
  return !decision.admitted && decision.error.error === "unauthorized_client";
}
