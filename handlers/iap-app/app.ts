import { type FastifyInstance, fastify } from "fastify";
import { workforcePrincipalPrefix } from "../../facts/iap";
import type { Logger } from "../runtime";
import type { AssertionVerifier } from "./assertion/verify";
import { basePath, type IapAppConfig } from "./config";
import type { Directory } from "./directory";
import { acceptForms } from "./form";
import { problemPage } from "./pages/problem";
import { createPersonLookup } from "./person";
import { replyPage } from "./reply-page";
import { appRoutes } from "./routes/app-routes";
import type { AppSchema } from "./rows/migrations";
import type { Rows } from "./rows/rows";
import { securityHeaders } from "./security-headers";
import { fastifyIdentity, identityOf, knownIdentity } from "./verification";

/** The one route that anybody may ask: probes carry no assertion. */
const healthRoute = "/healthz";

/** Milliseconds in which a request must have arrived whole; uploads are the longest. */
const requestTimeout = 60_000;

export interface IapAppDependencies {
  readonly verify: AssertionVerifier;
  /** Where groups and reports come from; undefined where the configuration names no directory. */
  readonly directory: Directory | undefined;
  /** Asked by apps that keep rows only. */
  openRows(schema: AppSchema): Promise<Rows>;
  readonly logger: Logger;
}

/**
 * Builds the server of one app: health, who one is (GET PATH/identity), the app's pages. Ready to listen when the
 * promise resolves; an app with rows has its database open by then.
 */
export async function buildIapApp(
  config: IapAppConfig,
  { verify, directory, openRows, logger }: IapAppDependencies,
): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    requestTimeout,
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
  await app.register(fastifyIdentity, {
    verify,
    publicRoutes: [healthRoute],
    onRefusal: ({ method, routeOptions }, reason) => {
      logger.warn({ event: "assertion_refused", method, route: routeOptions.url, reason }, "assertion refused");
    },
  });
  logRequests(app, logger);
  answerProblems(app, config, logger);

  app.get(healthRoute, async () => ({ status: "ok" }));
  app.get(`${basePath(config)}/identity`, async (request) => identityOf(request));
  const knownGroups = config.groups.map(({ id }) => id);
  const prefix = workforcePrincipalPrefix(config.workforcePool);
  const findPerson = directory && createPersonLookup(directory, prefix, knownGroups);
  await appRoutes[config.app](app, { config, findPerson, openRows });
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
