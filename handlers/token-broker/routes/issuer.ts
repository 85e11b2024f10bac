import type { FastifyInstance } from "fastify";
import {
  authorizationServerMetadata,
  issuerPaths,
  metadataPath,
  servedAt,
} from "../issuer/authorization-server-metadata";
import type { BrokerContext } from "./broker-context";

/** Seconds for which a verifier may keep the public keys. */
const keysFreshFor = 300;

/** Public documents of the broker as an issuer: metadata (RFC 8414) and keys (RFC 7517). There where it is one. */
export function issuerRoutes(app: FastifyInstance, { issuer }: Pick<BrokerContext, "issuer">): void {
  if (issuer === undefined) return;
  const metadata = authorizationServerMetadata(issuer.url);
  app.get(metadataPath(issuer.url), (_, reply) => reply.header("cache-control", "max-age=3600").send(metadata));
  for (const path of servedAt(issuerPaths.jwks, issuer.url)) {
    app.get(path, (_, reply) =>
      reply
        .header("cache-control", `max-age=${keysFreshFor}`)
        .type("application/jwk-set+json")
        .send(JSON.stringify(issuer.keys().jwks)),
    );
  }
}
