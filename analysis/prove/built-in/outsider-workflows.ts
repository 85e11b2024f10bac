import type { Provider } from "../../access/federation";
import { directGrants } from "../grants";
import { knowledgeOf } from "../issuers";
import { beyondReading, type Restriction, reachSuspicions, refute, type Suspicion } from "../proof-context";
import { changesSomething } from "../role-power";
import { accountsOf, type BuiltIn, type BuiltInScope } from "./built-in";

/**
 * Whoever may open a pull request chooses what its workflow does. Nothing of that kind may end where something can be
 * changed.
 */
export const outsiderWorkflows: BuiltIn = {
  name: "outsider-workflows",
  statement: "no workflow of a fork or a pull request reaches an account that can change anything",
  prove: (scope) => refute(scope.context, suspicions(scope)),
};

function* suspicions(scope: BuiltInScope): Generator<Suspicion> {
  const { context } = scope;
  const { index, model, routes } = context;
  for (const account of accountsOf(scope)) {
    if (!index.grantsOf(account).some(({ role }) => changesSomething(model.roles, role))) continue;
    yield* beyondReading(context, routes.to(account));
    for (const provider of index.providersOf(routes.to(account))) {
      const restriction = outsiders(provider);
      if (restriction !== undefined)
        yield* reachSuspicions(
          context,
          provider,
          routes.to(account),
          restriction,
          () =>
            `a pull request's workflow becomes ${account} through ${provider.address}, and ${account} can change things`,
        );
    }
  }
  const grants = directGrants(index).filter(({ binding }) => changesSomething(model.roles, binding.role));
  yield* beyondReading(context, grants);
  for (const provider of index.providersOf(grants)) {
    const restriction = outsiders(provider);
    if (restriction !== undefined)
      yield* reachSuspicions(
        context,
        provider,
        grants,
        restriction,
        ({ route }) => `${route.binding.address} gives ${route.binding.role} to a pull request's workflow`,
      );
  }
}

function outsiders(provider: Provider): Restriction | undefined {
  const { outsiders: started } = knowledgeOf(provider.issuer);
  if (started === undefined) return undefined;
  // Which workflows these are follows from the solver's own claims; the evaluator has no say in it.
  return { term: (_, { token }) => started(token), holds: () => true };
}
