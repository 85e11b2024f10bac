import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { iapAssertionHeader } from "../../../facts/iap";
import type { RefusalReason } from "../assertion/reasons";
import type { AssertionVerifier } from "../assertion/verify";
import type { Identity } from "../identity";
import { refusalAnswer } from "./refusal-answer";

export interface FastifyIdentityOptions {
  readonly verify: AssertionVerifier;
  /** Routes that anybody may ask, as they were declared: probes carry no assertion. None unless given. */
  readonly publicRoutes?: readonly string[];
  /** Told of every refusal; the request is for its method and route, the reason says the rest. */
  readonly onRefusal?: (request: FastifyRequest, reason: RefusalReason) => void;
}

/** Kept beside the request, not on it: nothing that parses a request can put an identity here. */
const identities = new WeakMap<FastifyRequest, Identity>();

/**
 * A Fastify plugin that lets only requests with a verified assertion through, before their body is read; unknown paths are no
 * exception. It covers the instance that it is registered on and everything below it.
 *
 * Identity comes from the signed header alone: x-goog-authenticated-user-* are unsigned, and X-Client-Cert-* speak of
 * machines that have a front of their own, so neither is ever read here.
 */
export async function fastifyIdentity(app: FastifyInstance, options: FastifyIdentityOptions): Promise<void> {
  const { verify, publicRoutes = [], onRefusal } = options;
  const open = new Set(publicRoutes);
  app.addHook("onRequest", async (request, reply) => {
    // The route that matched, not the URL, of which there are many spellings.
    if (request.routeOptions.url !== undefined && open.has(request.routeOptions.url)) return;
    const verified = await verify(request.headers[iapAssertionHeader]);
    if (verified.ok) {
      identities.set(request, verified.identity);
      return;
    }
    onRefusal?.(request, verified.reason);
    return refuse(request, reply, verified.reason);
  });
}
// Without it Fastify would keep the hook within the plugin, and every route beside it would be open.
Object.defineProperty(fastifyIdentity, Symbol.for("skip-override"), { value: true });

function refuse(request: FastifyRequest, reply: FastifyReply, reason: RefusalReason): FastifyReply {
  const { status, headers, body } = refusalAnswer(reason, request.headers.accept);
  return reply.code(status).headers(headers).send(body);
}

/** The verified identity where there is one: for logs. */
export const knownIdentity = (request: FastifyRequest): Identity | undefined => identities.get(request);

/** @throws Where the request passed no verification; a route that asks is never public by mistake. */
export function identityOf(request: FastifyRequest): Identity {
  const identity = identities.get(request);
  if (!identity) throw new Error("the request has no verified identity");
  return identity;
}
