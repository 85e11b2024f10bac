import { createServer, type Server } from "node:http";
import { fastify } from "fastify";
import {
  createAssertionVerifier,
  createRemoteKeySource,
  fastifyIdentity,
  identityOf,
  requestListener,
} from "../../handlers/iap-app/verification";
import type { ServerTask } from "./server-task";

const verifierOf = ({ audience, workforcePool, jwksUrl }: ServerTask) =>
  createAssertionVerifier({
    audiences: [audience],
    workforcePool,
    keys: createRemoteKeySource({ url: jwksUrl }),
  });

/** The kit on node:http. */
export const keylessServer = (task: ServerTask): Server =>
  createServer(
    requestListener(
      (_request, response, { email }) => {
        response.end(email);
      },
      { verify: verifierOf(task) },
    ),
  );

/** The kit as Fastify plugin. */
export async function keylessFastifyServer(task: ServerTask): Promise<Server> {
  const app = fastify({ logger: false });
  await app.register(fastifyIdentity, { verify: verifierOf(task) });
  app.get("/", async (request) => identityOf(request).email);
  await app.ready();
  return app.server;
}
