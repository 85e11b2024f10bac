import { admissionOf, claimsOf } from "../admission";
import { counterexample, refute, type Suspicion } from "../proof-context";
import { identityOfToken } from "../reach";
import { and } from "../term";
import { sameText } from "../text-terms";
import { type BuiltIn, type BuiltInScope, providersOf } from "./built-in";

/** Principals name the pool, not the provider: of two providers in one pool, either may mint what a binding means of the other. */
export const sharedPrincipals: BuiltIn = {
  name: "shared-principals",
  statement: "no two providers mint one principal",
  prove: (scope) => refute(scope.context, suspicions(scope)),
};

function* suspicions(scope: BuiltInScope): Generator<Suspicion> {
  const { index, model } = scope.context;
  const providers = providersOf(scope);
  const place = new Map(providers.map((provider, number) => [provider, number]));
  for (const [own, first] of providers.entries())
    for (const second of index.providersOfPool(first.pool)) {
      // Of two providers of one environment each pair is asked once.
      if (second.name === first.name || (second.stack === first.stack && (place.get(second) ?? 0) < own)) continue;
      yield {
        doubts: [],
        question: {
          build: (universe) => {
            const asked = [first, second].map((provider, number) => ({
              provider,
              token: universe.token(`token ${number}`, claimsOf(provider)),
            }));
            const [one, other] = asked.map(({ provider, token }) => admissionOf(universe, model, provider, token));
            const both = [one, other].flatMap((admission) => admission?.admitted ?? []);
            const same = one && other ? [sameText(one.subject, other.subject)] : [];
            return { formula: and(...both, ...same), tokens: asked };
          },
          confirms: (tokens) => {
            const [one, other] = tokens.map((token) => identityOfToken(model, token)?.subject);
            return one !== undefined && one === other;
          },
        },
        explain: (tokens) => ({
          verdict: "violated",
          explanation: `${first.address} and ${second.address} give two tokens the same google.subject in one pool`,
          counterexamples: tokens.flatMap((token) => {
            const identity = identityOfToken(model, token);
            return identity === undefined ? [] : [counterexample(token, { identity })];
          }),
        }),
      };
    }
}
