import { beyondReading, reachSuspicions, refute, type Suspicion, unrestricted } from "../proof-context";
import { escalates } from "../role-power";
import { accountsOf, type BuiltIn, type BuiltInScope } from "./built-in";

/**
 * Whoever may change policies, or make keys, becomes what it likes. The accounts that may are named, so that whoever reads
 * what is proved of other accounts knows whom it leaves aside.
 */
export const namedAdministrators: BuiltIn = {
  name: "named-administrators",
  statement:
    "nobody from outside becomes an account that can change who becomes whom, unless it is a named administrator",
  prove: (scope) => refute(scope.context, suspicions(scope)),
};

function* suspicions(scope: BuiltInScope): Generator<Suspicion> {
  const { context, administrators } = scope;
  const named = new Set(administrators);
  for (const account of accountsOf(scope)) {
    const right = context.index.grantsOf(account).find(({ role }) => escalates(context.model.roles, role));
    if (right === undefined || named.has(account)) continue;
    const routes = context.routes.to(account).filter(({ binding }) => !escalates(context.model.roles, binding.role));
    yield* beyondReading(context, routes);
    for (const provider of context.index.providersOf(routes))
      yield* reachSuspicions(
        context,
        provider,
        routes,
        unrestricted,
        () =>
          `a token that ${provider.address} admits becomes ${account}, which ${right.address} gives ${right.role}, and it is no named administrator`,
      );
  }
}
