import { type FastifyInstance, fastify } from "fastify";
import type { Logger } from "../runtime";
import type { AssertionVerifier } from "./assertion/verify";
import { basePath, type IapAppConfig } from "./config";
import { acceptForms } from "./form";
import { problemPage } from "./pages/problem";
import { replyPage } from "./reply-page";
import { healthRoute, requireIdentity } from "./require-identity";
import { appRoutes } from "./routes/app-routes";
import { securityHeaders } from "./security-headers";
import { identityOf, knownIdentity } from "./verified-identity";

export interface IapAppDependencies {
  readonly verify: AssertionVerifier;
  readonly logger: Logger;
}

/**
 * Builds the server of one app: health, who one is (GET PATH/identity), the app's pages. Ready to listen when the
 * promise resolves; the service desk has its database open by then.
 */
export async function buildIapApp(
  config: IapAppConfig,
  { verify, logger }: IapAppDependencies,
): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    routerOptions: { ignoreTrailingSlash: true },
    // A URL that does not decode is refused before any hook, in words that repeat nothing of it.
    frameworkErrors: (_error, _request, reply) => {
      reply.hijack();
      reply.raw
        .writeHead(400, { ...securityHeaders, "content-type": "text/plain; charset=utf-8" })
        .end("Bad request\n");
    },
  });
  acceptForms(app);
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(securityHeaders);
  });
  requireIdentity(app, verify, (request, reason) => {
    logger.warn(
      { event: "assertion_refused", method: request.method, route: request.routeOptions.url, reason },
      "assertion refused",
    );
  });
  logRequests(app, logger);
  answerProblems(app, config, logger);

  app.get(healthRoute, async () => ({ status: "ok" }));
  app.get(`${basePath(config)}/identity`, async (request) => identityOf(request));
  await appRoutes[config.app](app, config);
  await app.ready();
  return app;
}

/** Who did what, from the verified assertion: IAP's own logs do not name workforce identities per request. No query. */
function logRequests(app: FastifyInstance, logger: Logger): void {
  app.addHook("onResponse", async (request, reply) => {
    const identity = knownIdentity(request);
    if (!identity) return;
    const { method, routeOptions } = request;
    const milliseconds = Math.round(reply.elapsedTime);
    const entry = { event: "request", method, route: routeOptions.url, status: reply.statusCode, milliseconds };
    logger.info({ ...entry, principal: identity.principal }, "request");
  });
}

/** Every answer to a signed-in person is a page, and no page tells what went wrong inside. */
function answerProblems(app: FastifyInstance, config: IapAppConfig, logger: Logger): void {
  app.setNotFoundHandler((request, reply) =>
    replyPage(
      reply,
      problemPage({ config, identity: identityOf(request) }, "Page not found", "There is nothing at this address."),
      404,
    ),
  );
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const identity = knownIdentity(request);
    const status = error.statusCode ?? 500;
    const fault = status >= 500;
    if (fault) logger.error({ event: "fault", route: request.routeOptions.url, err: error }, "request failed");
    const [title, message] = fault
      ? ["Something went wrong", "The request failed on our side. It has been noted; try again in a while."]
      : ["Request not understood", "The request had a form that this app does not take."];
    if (!identity) return reply.code(status).type("text/plain; charset=utf-8").send(`${title}\n`);
    return replyPage(reply, problemPage({ config, identity }, title, message), status);
  });
}
