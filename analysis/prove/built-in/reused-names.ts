import { evaluateExchange } from "../../access/exchange";
import type { Provider } from "../../access/federation";
import { admissionOf, claimsOf } from "../admission";
import { directGrants } from "../grants";
import { knowledgeOf, type Reusable } from "../issuers";
import { beyondReading, counterexample, type ProofContext, refute, type Suspicion } from "../proof-context";
import { reachedBy, reaches, routesOf } from "../reach";
import type { Route } from "../routes";
import { and, equal, no, not } from "../term";
import { sameText } from "../text-terms";
import type { WitnessToken } from "../witness-token";
import { accountsOf, type BuiltIn, type BuiltInScope } from "./built-in";

/**
 * A name that is given up can be taken by somebody else; an id cannot. Names decide where a token keeps its access with
 * other ids and the same name, and loses it with other ids and another name.
 */
export const reusedNames: BuiltIn = {
  name: "reused-names",
  statement: "no renamed or re-registered repository, owner or address keeps access: ids decide, not names",
  prove: (scope) => refute(scope.context, suspicions(scope)),
};

function* suspicions(scope: BuiltInScope): Generator<Suspicion> {
  const { context } = scope;
  const targets = [...accountsOf(scope).map((email) => context.routes.to(email)), directGrants(context.index)];
  for (const routes of targets) yield* beyondReading(context, routes);
  for (const routes of targets)
    for (const provider of context.index.providersOf(routes))
      for (const reusable of knowledgeOf(provider.issuer).reusable)
        yield suspicion(context, provider, routesOf(provider, routes), reusable);
}

function suspicion(context: ProofContext, provider: Provider, routes: readonly Route[], reusable: Reusable): Suspicion {
  const { model, now } = context;
  const { what, ids, names, derived } = reusable;
  const [id = ""] = ids;
  return {
    doubts: routes.flatMap(({ doubts }) => doubts),
    question: {
      build: (universe) => {
        const known = claimsOf(provider);
        const holder = universe.token("holder", known);
        const successor = universe.token("successor", {
          ...known,
          sameAs: { token: holder, except: new Set([...ids, ...derived]) },
        });
        const stranger = universe.token("stranger", {
          ...known,
          sameAs: { token: successor, except: new Set([...names, ...derived]) },
        });
        const [before, after, other] = [holder, successor, stranger].map((token) =>
          admissionOf(universe, model, provider, token),
        );
        if (before === undefined || after === undefined || other === undefined) return { formula: no, tokens: [] };
        const formula = and(
          reaches(universe, before, routes),
          reaches(universe, after, routes),
          not(sameText(holder.child(id).text, successor.child(id).text)),
          // Another name of the same form, which is refused for what it is.
          other.mapped,
          not(reaches(universe, { ...other, admitted: other.conditionTrue }, routes)),
          ...names.map((name) => equal(stranger.child(name).kind, successor.child(name).kind)),
        );
        return { formula, tokens: [holder, successor, stranger].map((token) => ({ token, provider })) };
      },
      confirms: ([holder, successor, stranger]) =>
        [holder, successor].every((token) => token && reachedBy(model, token, routes, now)) &&
        stranger !== undefined &&
        refusedForItsClaims(context, stranger, routes),
    },
    explain: ([holder, successor]) => ({
      verdict: "violated",
      explanation: `${provider.address} admits another ${what} under the same name: its ${id} is not asked for`,
      counterexamples: [successor, holder].flatMap((token) => {
        const reached = token && reachedBy(model, token, routes, now);
        return token === undefined || reached === undefined ? [] : [counterexample(token, reached)];
      }),
    }),
  };
}

function refusedForItsClaims({ model, now }: ProofContext, token: WitnessToken, routes: readonly Route[]): boolean {
  const decision = evaluateExchange(model, `//iam.googleapis.com/${token.provider.name}`, token.credential);
  if (!decision.admitted) return decision.error.error === "unauthorized_client";
  return reachedBy(model, token, routes, now) === undefined;
}
