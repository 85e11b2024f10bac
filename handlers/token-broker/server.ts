import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { z } from "zod";
import type { Logger } from "../runtime";
import { Audit, type AuditedRequest } from "./audit";
import type { Clock } from "./clock";
import type { BrokerClient } from "./config";
import type { TokenKeeper } from "./keeper/token-keeper";
import type { Listener } from "./listener/listener";
import { decide } from "./policy";
import { type RefusalReason, refusals } from "./refusals";

export interface TokenBrokerServerOptions {
  readonly listener: Listener;
  readonly clients: readonly BrokerClient[];
  readonly keeper: TokenKeeper;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A misspelt parameter is refused: passed over, it would give the token of another account than was meant. */
const querySchema = z.strictObject({ account: z.string().min(1).max(254).optional() });

/** The broker's HTTP surface. */
export function createTokenBrokerServer(options: TokenBrokerServerOptions): FastifyInstance {
  const { listener, clients, keeper, clock } = options;
  const logger: FastifyBaseLogger = options.logger;
  const audit = new Audit(options.logger);
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: (handler) => listener.createServer(handler),
    // HEAD would hand out nothing and still be counted as an issuance.
    exposeHeadRoutes: false,
    bodyLimit: 1,
  });

  app.get("/healthz", (_, reply) => reply.send({ status: "alive" }));
  app.get("/readyz", (_, reply) => {
    const tokens = keeper.readiness;
    // One account that is refused must not take the others out of service.
    const isReady = tokens.kept === 0 || tokens.ready > 0;
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? "ready" : "no token yet", tokens });
  });

  app.get("/get_wif_token", async (request, reply) => {
    let audited: AuditedRequest = { requestId: request.id, remoteAddress: request.raw.socket.remoteAddress };
    const refuse = (reason: RefusalReason, detail?: string) => {
      audit.refused(audited, reason, detail);
      return sendRefusal(reply, reason, detail);
    };

    const identified = listener.peerOf(request.raw, new Date(clock.now().wall));
    if (!identified.ok) return refuse(identified.reason);
    audited = { ...audited, peer: identified.peer };

    const query = querySchema.safeParse(request.query);
    if (!query.success || hasBody(request)) return refuse("request_malformed");
    const { account } = query.data;
    if (account !== undefined) audited = { ...audited, account };

    const decision = decide(clients, identified.peer, account);
    if (decision.client !== undefined) audited = { ...audited, client: decision.client };
    if (!decision.granted) return refuse(decision.reason);
    audited = { ...audited, account: decision.grant.account };

    const answer = await keeper.get(decision.grant);
    if (answer.kind === "unavailable") {
      reply.header("retry-after", String(answer.retryAfterSeconds));
      return refuse(answer.reason, answer.description);
    }
    const { accessToken, remainingSeconds } = answer;
    const expiresAt = new Date(clock.now().wall + remainingSeconds * 1000);
    audit.issued(audited, { accessToken, expiresAt });
    reply.header("cache-control", "no-store").header("vary", "accept");
    if (wantsBareToken(request)) return reply.type("text/plain; charset=utf-8").send(accessToken);
    return reply.send({
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: remainingSeconds,
      expires_at: expiresAt.toISOString(),
      account: decision.grant.account,
    });
  });

  app.setNotFoundHandler((_, reply) =>
    reply
      .code(404)
      .send({ error: "not_found", error_description: "there is nothing here; tokens are at /get_wif_token" }),
  );
  app.setErrorHandler((error, request, reply) => {
    const clientError = error instanceof Error && "statusCode" in error && Number(error.statusCode) < 500;
    if (clientError) return sendRefusal(reply, "request_malformed");
    request.log.error({ err: error }, "request failed");
    return sendRefusal(reply, "internal_error");
  });
  return app;
}

function sendRefusal(reply: FastifyReply, reason: RefusalReason, detail?: string): FastifyReply {
  const { status, error, description } = refusals[reason];
  // In an outage the detail names hosts and addresses, which are for the log; a refusal is in the service's public words.
  const sentence = detail === undefined || reason !== "upstream_refused" ? description : `${description}: ${detail}`;
  return reply.code(status).header("cache-control", "no-store").send({ error, error_description: sentence });
}

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

const wantsBareToken = ({ headers: { accept = "" } }: FastifyRequest): boolean =>
  accept.includes("text/plain") && !accept.includes("application/json");
