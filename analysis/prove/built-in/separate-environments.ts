import { beyondReading, reachSuspicions, refute, type Suspicion, unrestricted } from "../proof-context";
import { accountsOf, type BuiltIn, type BuiltInScope } from "./built-in";

/** What one environment's pools mint is worth nothing in another. */
export const separateEnvironments: BuiltIn = {
  name: "separate-environments",
  statement: "no environment's token becomes another environment's account",
  prove: (scope) => refute(scope.context, suspicions(scope)),
};

function* suspicions(scope: BuiltInScope): Generator<Suspicion> {
  const { context, environment } = scope;
  for (const account of accountsOf(scope)) {
    const routes = context.routes.to(account);
    yield* beyondReading(context, routes);
    for (const provider of context.index.providersOf(routes))
      if (provider.stack !== environment)
        yield* reachSuspicions(
          context,
          provider,
          routes,
          unrestricted,
          () => `a token of ${provider.stack}, admitted by ${provider.address}, becomes ${account} of ${environment}`,
        );
  }
}
