import type { FederatedIdentity, Identity } from "../access/decision";
import { evaluateExchange } from "../access/exchange";
import type { Provider } from "../access/federation";
import { evaluateImpersonation } from "../access/impersonation";
import type { AccessModel } from "../access/model";
import { principalsOf } from "../access/principals";
import type { Admission } from "./admission";
import { isNamed, poolNamed } from "./member";
import type { Route } from "./routes";
import { and, or, type Term } from "./term";
import type { Universe } from "./universe";
import type { WitnessToken } from "./witness-token";

/** Routes that begin with what a provider mints. */
export const routesOf = (provider: Provider, routes: readonly Route[]): readonly Route[] =>
  routes.filter(({ member }) => [undefined, provider.pool].includes(poolNamed(member)));

/** When a token is admitted and one of the routes begins with its identity. */
export const reaches = (universe: Universe, admission: Admission, routes: readonly Route[]): Term<"Bool"> =>
  and(admission.admitted, or(...routes.map(({ member }) => isNamed(universe, admission, member))));

/** What the evaluator finds of a token: whom it becomes, and on which route. */
export interface Reached {
  readonly identity: FederatedIdentity;
  readonly route: Route;
}

/** The identity of a token, as the evaluator decides; undefined where it is refused. */
export function identityOfToken(
  model: AccessModel,
  { provider, credential }: WitnessToken,
): FederatedIdentity | undefined {
  const decision = evaluateExchange(model, `//iam.googleapis.com/${provider.name}`, credential);
  return decision.admitted ? decision.identity : undefined;
}

/** The first of the routes that the evaluator walks to its end. */
export function reachedBy(
  model: AccessModel,
  token: WitnessToken,
  routes: readonly Route[],
  now: Date,
): Reached | undefined {
  const identity = identityOfToken(model, token);
  if (identity === undefined) return undefined;
  const route = routes.find((candidate) => walks(model, identity, candidate, now));
  return route && { identity, route };
}

function walks(model: AccessModel, start: FederatedIdentity, { accounts, binding }: Route, now: Date): boolean {
  if (accounts.length === 0) return principalsOf(start).includes(binding.member);
  let identity: Identity = start;
  for (const [index, email] of accounts.entries()) {
    const last = index === accounts.length - 1;
    const permissions = last
      ? (["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken"] as const)
      : (["iam.serviceAccounts.getAccessToken"] as const);
    const from = identity;
    if (!permissions.some((permission) => evaluateImpersonation(model, from, email, permission, now).allowed))
      return false;
    identity = { kind: "service-account", email };
  }
  return true;
}
