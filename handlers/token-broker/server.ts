import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Logger } from "../runtime";
import { type RefusalReason, refusals } from "./refusals";
import { approvalRoutes } from "./routes/approvals";
import { type BrokerContext, tokenEndpoint } from "./routes/broker-context";
import { getWifTokenRoute } from "./routes/get-wif-token";
import { type HealthSources, healthRoutes } from "./routes/health";
import { issuerRoutes } from "./routes/issuer";
import { oauthTokenRoute } from "./routes/oauth-token";

export interface TokenBrokerServerOptions extends HealthSources {
  readonly context: BrokerContext;
  readonly logger: Logger;
}

/** The broker's HTTP surface for clients. */
export function createTokenBrokerServer({ context, logger, ...health }: TokenBrokerServerOptions): FastifyInstance {
  const { listener } = context.identification;
  const app = Fastify({
    ...loggingOf(logger),
    serverFactory: (handler) =>
      listener.createServer((request, response) => context.reads.answer(request, response, handler)),
    // HEAD would hand out nothing and still be counted as an issuance.
    exposeHeadRoutes: false,
    bodyLimit: 1,
  });
  app.removeContentTypeParser("text/plain");
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_, body, done) =>
    done(null, body),
  );
  healthRoutes(app, health);
  getWifTokenRoute(app, context);
  oauthTokenRoute(app, context);
  approvalRoutes(app, context);
  issuerRoutes(app, context);
  answerProblems(app);
  return app;
}

/** One line a request is the audit's business. */
export function loggingOf(logger: Logger) {
  const loggerInstance: FastifyBaseLogger = logger;
  return {
    loggerInstance,
    // A logger of its own for every request costs more than all that is logged about it.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    logController: new LogController({ disableRequestLogging: true }),
  };
}

export function answerProblems(app: FastifyInstance): void {
  app.setNotFoundHandler((_, reply) =>
    reply
      .code(404)
      .send({ error: "not_found", error_description: "there is nothing here; tokens are at /get_wif_token" }),
  );
  app.setErrorHandler((error, request, reply) => {
    const isClientError = error instanceof Error && "statusCode" in error && Number(error.statusCode) < 500;
    if (!isClientError) request.log.error({ err: error }, "request failed");
    const reason: RefusalReason = isClientError
      ? request.routeOptions.url === tokenEndpoint
        ? "parameter_malformed"
        : "request_malformed"
      : "internal_error";
    const { status, error: code, description } = refusals[reason];
    return reply.code(status).header("cache-control", "no-store").send({ error: code, error_description: description });
  });
}
