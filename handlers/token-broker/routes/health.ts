import type { FastifyInstance } from "fastify";
import type { TokenKeeper } from "../keeper/token-keeper";

export interface HealthSources {
  readonly keeper: TokenKeeper;
  /** Whether the broker has been told to end: whoever balances load then sends no more. */
  readonly isEnding: () => boolean;
}

/** `/healthz`: the process answers. `/readyz`: it has tokens to give. */
export function healthRoutes(app: FastifyInstance, { keeper, isEnding }: HealthSources): void {
  app.get("/healthz", (_, reply) => reply.send({ status: "alive" }));
  app.get("/readyz", (_, reply) => {
    const tokens = keeper.readiness;
    // One account that is refused must not take the others out of service.
    const hasTokens = tokens.kept === 0 || tokens.ready > 0;
    const status = isEnding() ? "ending" : hasTokens ? "ready" : "no token yet";
    return reply.code(status === "ready" ? 200 : 503).send({ status, tokens });
  });
}
