import type { FastifyRequest } from "fastify";
import type { Identity } from "./identity";

/** Kept beside the request, not on it: nothing that parses a request can put an identity here. */
const identities = new WeakMap<FastifyRequest, Identity>();

export const rememberIdentity = (request: FastifyRequest, identity: Identity): void => {
  identities.set(request, identity);
};

/** The verified identity where there is one: for logs. */
export const knownIdentity = (request: FastifyRequest): Identity | undefined => identities.get(request);

/** @throws Where the request passed no verification; a route that asks is never public by mistake. */
export function identityOf(request: FastifyRequest): Identity {
  const identity = identities.get(request);
  if (!identity) throw new Error("the request has no verified identity");
  return identity;
}
