import type { Issuer, Provider } from "../access/federation";
import { type AccessModel, buildAccessModel } from "../access/model";
import { directGrants } from "../prove/grants";
import { ModelIndex } from "../prove/model-index";
import { type Route, Routes } from "../prove/routes";
import type { WitnessToken } from "../prove/witness-token";
import type { Resource } from "../terraform/resource";
import type { Target } from "./comparison";

/** One side of a comparison. */
export interface Side {
  readonly model: AccessModel;
  readonly index: ModelIndex;
  readonly routes: Routes;
  readonly grants: readonly Route[];
}

/** Who may change who becomes whom is compared as those accounts; not again as every account that they could become. */
export function sideOf(resources: readonly Resource[]): Side {
  const model = buildAccessModel(resources);
  const index = new ModelIndex(model);
  return { model, index, routes: new Routes(model, "all accounts"), grants: directGrants(index) };
}

export function routesTo(side: Side, target: Target): readonly Route[] {
  if (target.kind === "account") return side.routes.to(target.email);
  return side.grants.filter(({ binding }) => binding.role === target.role && binding.resource === target.resource);
}

/** All that can be reached on either of two sides. */
export function targetsOf(...sides: readonly Side[]): readonly Target[] {
  const accounts = new Set(sides.flatMap(({ model }) => [...model.accounts.keys()]));
  const bindings = sides.flatMap(({ grants }) => grants.map(({ binding }) => binding));
  const rights = new Map(bindings.map(({ role, resource }) => [`${role} ${resource}`, { role, resource }]));
  return [
    ...[...accounts].map((email): Target => ({ kind: "account", email })),
    ...[...rights.values()].map((right): Target => ({ kind: "role", ...right })),
  ];
}

/** The token as its holder would have it signed for another provider of the same issuer. */
export const presentedTo = ({ credential }: WitnessToken, provider: Provider): WitnessToken => ({
  provider,
  credential:
    credential.kind === "oidc" && provider.issuer.kind === "oidc"
      ? { ...credential, audiences: provider.issuer.audiences }
      : credential,
});

export function sameIssuer(one: Issuer, other: Issuer): boolean {
  if (one.kind === "oidc" && other.kind === "oidc")
    return one.issuer.replace(/\/$/, "") === other.issuer.replace(/\/$/, "");
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What decides whom a provider admits and as whom. */
export const wordsOf = ({ condition, mapping, disabled }: Provider): string =>
  JSON.stringify([condition, [...mapping].sort(), disabled]);

/** What decides who comes in by a route. */
export const wordsOfRoute = ({ binding, accounts, doubts }: Route, pool: string): string =>
  JSON.stringify([binding.member.replaceAll(pool, "POOL"), accounts, doubts, binding.condition]);
