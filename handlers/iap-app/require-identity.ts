import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { iapAssertionHeader } from "../../facts/iap";
import { type RefusalReason, refusals } from "./assertion/reasons";
import type { AssertionVerifier } from "./assertion/verify";
import { refusalJson, refusalPage } from "./pages/refusal";
import { rememberIdentity } from "./verified-identity";

/** The one route that anybody may ask: probes carry no assertion. */
export const healthRoute = "/healthz";

/** Told of every refusal; the request is for its method and route, the reason says the rest. */
export type OnRefusal = (request: FastifyRequest, reason: RefusalReason) => void;

/**
 * Lets only requests with a verified assertion through, before their body is read; unknown paths are no exception.
 * Identity comes from the signed header alone: x-goog-authenticated-user-* are unsigned, and X-Client-Cert-* speak of
 * machines that have a front of their own, so neither is ever read here.
 */
export function requireIdentity(app: FastifyInstance, verify: AssertionVerifier, onRefusal: OnRefusal): void {
  app.addHook("onRequest", async (request, reply) => {
    // The route that matched, not the URL, of which there are many spellings.
    if (request.routeOptions.url === healthRoute) return;
    const verified = await verify(request.headers[iapAssertionHeader]);
    if (verified.ok) {
      rememberIdentity(request, verified.identity);
      return;
    }
    onRefusal(request, verified.reason);
    return refuse(request, reply, verified.reason);
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply, reason: RefusalReason): FastifyReply {
  const { status } = refusals[reason];
  // RFC 9110 §15.5.2: a 401 names a scheme. Browsers do nothing with this one; IAP has logged in before we are asked.
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="Identity-Aware Proxy"');
  if (status === 503) reply.header("retry-after", "5");
  reply.code(status);
  if (wantsJson(request)) return reply.send(refusalJson(reason));
  return reply.type("text/html; charset=utf-8").send(refusalPage(reason).toString());
}

function wantsJson(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}
