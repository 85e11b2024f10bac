import { createServer } from "node:http";
import Fastify, { type FastifyInstance } from "fastify";
import type { Logger } from "../runtime";
import { connectionLimits } from "./listener/listener";
import type { BrokerMetrics } from "./metrics";
import type { BrokerContext } from "./routes/broker-context";
import { type HealthSources, healthRoutes } from "./routes/health";
import { issuerRoutes } from "./routes/issuer";
import { answerProblems, serverBasics } from "./server";

export interface AdminServerOptions extends HealthSources {
  readonly metrics: BrokerMetrics;
  readonly issuer: BrokerContext["issuer"];
  readonly logger: Logger;
}

/**
 * A listener of its own for those who look after the broker and have no client certificate: probes, metrics, and the
 * public documents that verifiers of the broker's tokens read. It gives no tokens.
 */
export function createAdminServer({ metrics, issuer, logger, ...health }: AdminServerOptions): FastifyInstance {
  const app = Fastify({
    ...serverBasics(logger),
    serverFactory: (handler) => createServer(connectionLimits, handler),
    bodyLimit: 1,
  });
  healthRoutes(app, health);
  issuerRoutes(app, { issuer });
  app.get("/metrics", async (_, reply) => {
    const text = await metrics.text();
    return reply.type(metrics.registry.contentType).send(text);
  });
  answerProblems(app);
  return app;
}
