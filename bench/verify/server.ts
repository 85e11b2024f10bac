/** A program of its own: serves as the task in its argument says, and prints its port. */
import type { Server } from "node:http";
import { bareServer } from "./bare-server";
import { googleAuthLibraryServer } from "./google-auth-library-server";
import { keylessFastifyServer, keylessServer } from "./keyless-server";
import { type ServerTask, serverTaskSchema } from "./server-task";

const servers: Readonly<Record<ServerTask["contender"], (task: ServerTask) => Server | Promise<Server>>> = {
  keyless: keylessServer,
  "keyless-fastify": keylessFastifyServer,
  bare: bareServer,
  "gal-in-memory": googleAuthLibraryServer,
  "gal-documented": googleAuthLibraryServer,
};

async function main(): Promise<void> {
  const task = serverTaskSchema.parse(JSON.parse(process.argv[2] ?? "{}"));
  const server = await servers[task.contender](task);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) process.stdout.write(`listening ${address.port}\n`);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error}\n`);
  process.exit(1);
});
