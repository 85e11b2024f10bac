import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Logger } from "../runtime";
import { answerBrokenRequests } from "./broken-requests";
import { type RefusalReason, refusals } from "./refusals";
import { approvalRoutes, verdictEndpoint } from "./routes/approvals";
import { auditedRequest, type BrokerContext, endpointOf, refuse, tokenEndpoint } from "./routes/broker-context";
import { getWifTokenRoute } from "./routes/get-wif-token";
import { type HealthSources, healthRoutes } from "./routes/health";
import { issuerRoutes } from "./routes/issuer";
import { oauthTokenRoute } from "./routes/oauth-token";
import { hasEachHeaderOnce, isOfKnownVersion } from "./routes/unambiguous-request";

export interface TokenBrokerServerOptions extends HealthSources {
  readonly context: BrokerContext;
  readonly logger: Logger;
}

/** The broker's HTTP surface for clients. */
export function createTokenBrokerServer({ context, logger, ...health }: TokenBrokerServerOptions): FastifyInstance {
  const { listener } = context.identification;
  const app = Fastify({
    ...serverBasics(logger),
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
  const refused: Refuse = (request, reply, reason) =>
    refuse(context, reply, auditedRequest(request), reason, { endpoint: endpointOf(request) });
  app.addHook("onRequest", async (request, reply) => {
    if (!isOfKnownVersion(request.raw)) return refused(request, reply, "http_version_unsupported");
    if (!hasEachHeaderOnce(request.raw)) return refused(request, reply, "header_repeated");
    return undefined;
  });
  healthRoutes(app, health);
  getWifTokenRoute(app, context);
  oauthTokenRoute(app, context);
  approvalRoutes(app, context);
  issuerRoutes(app, context);
  answerProblems(app, refused);
  return app;
}

type Refuse = (request: FastifyRequest, reply: FastifyReply, reason: RefusalReason) => Promise<FastifyReply>;

/** How the broker's servers log, and answer what is no request. One line a request is the audit's business. */
export function serverBasics(logger: Logger) {
  const loggerInstance: FastifyBaseLogger = logger;
  return {
    loggerInstance,
    // A logger of its own for every request costs more than all that is logged about it.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: answerBrokenRequests(logger),
  };
}

/** @param refused Answers a request that cannot be read, or at which the broker failed. */
export function answerProblems(app: FastifyInstance, refused: Refuse = refuseWithoutAudit): void {
  app.setNotFoundHandler((_, reply) =>
    reply
      .code(404)
      .send({ error: "not_found", error_description: "there is nothing here; tokens are at /get_wif_token" }),
  );
  app.setErrorHandler((error, request, reply) => {
    const isClientError = error instanceof Error && "statusCode" in error && Number(error.statusCode) < 500;
    if (!isClientError) request.log.error({ err: error }, "request failed");
    return refused(request, reply, isClientError ? malformedAt(endpointOf(request)) : "internal_error");
  });
}

function malformedAt(endpoint: string): RefusalReason {
  if (endpoint === tokenEndpoint) return "parameter_malformed";
  return endpoint === verdictEndpoint ? "verdict_malformed" : "request_malformed";
}

const refuseWithoutAudit: Refuse = async (_, reply, reason) => {
  const { status, error, description } = refusals[reason];
  return reply.code(status).header("cache-control", "no-store").send({ error, error_description: description });
};
