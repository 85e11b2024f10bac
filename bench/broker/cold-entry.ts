import type { TLSSocket } from "node:tls";
import type { Row } from "../report";
import { account, startBroker } from "./broker";
import { AnswerReader, connected, contextOf, readRequest } from "./client";
import type { Scene } from "./reads";

/** How many callers ask for a token that nobody has asked for yet, each on a connection of its own. */
const callers = 10_000;
/** Handshakes that are under way at a time, so that none runs out of time while it waits for its turn. */
const atATime = 50;
const audience = "https://reports.example.com";

/** An ID token, which the broker obtains when it is first asked for. */
const form = new URLSearchParams({
  grant_type: "client_credentials",
  client_id: "bench client",
  requested_token_type: "urn:ietf:params:oauth:token-type:id_token",
  audience,
}).toString();
const tokenRequest = Buffer.from(
  `POST /oauth2/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${form.length}\r\n\r\n${form}`,
);

/** All callers at once on a cold entry: how often the upstreams are asked. */
export async function coldEntryRows({ certificates, google, progress }: Scene): Promise<readonly Row[]> {
  const broker = await startBroker(certificates, google, {
    grants: [{ account, idTokenAudiences: [audience], lifetimeSeconds: 3_600 }],
    limits: { idleSeconds: 600 },
  });
  const context = contextOf(certificates);
  const sockets: TLSSocket[] = [];
  try {
    while (sockets.length < callers) {
      progress(`cold entry: ${sockets.length} of ${callers} callers connected`);
      const some = Array.from({ length: Math.min(atATime, callers - sockets.length) }, async () => {
        const socket = await connected(broker.port, context);
        // A connection that has not asked anything within seconds is ended; one that is kept alive is not.
        if ((await ask(socket, readRequest("", "/healthz"))) !== 200) throw new Error("a caller was turned away");
        return socket;
      });
      sockets.push(...(await Promise.all(some)));
    }
    progress(`cold entry: ${callers} callers at once`);
    // So slow that the last caller has asked before the first is answered.
    google.state.delayMilliseconds = 3_000;
    const before = broker.processorMilliseconds();
    const began = performance.now();
    const statuses = await Promise.all(sockets.map((socket) => ask(socket, tokenRequest)));
    const took = performance.now() - began;
    const given = statuses.filter((status) => status === 200).length;
    const { exchanges, impersonations } = google.calls;
    return [
      {
        name: `cold entry, ${callers} callers at once: tokens given`,
        median: given,
        unit: "",
        ratio: { to: "callers", value: given / callers, target: "1" },
      },
      {
        name: "cold entry: requests to the Security Token Service",
        median: exchanges,
        unit: "",
        ratio: { to: "one", value: exchanges, target: "exactly 1" },
      },
      {
        name: "cold entry: requests to IAM Credentials",
        median: impersonations,
        unit: "",
        ratio: { to: "one", value: impersonations, target: "exactly 1" },
      },
      { name: "cold entry: until the last has its token, upstreams slow by 2 × 3 s", median: took, unit: "ms" },
      { name: "cold entry: processor time", median: broker.processorMilliseconds() - before, unit: "ms" },
    ];
  } finally {
    google.state.delayMilliseconds = 0;
    for (const socket of sockets) socket.destroy();
    await broker.stop();
  }
}

function ask(socket: TLSSocket, request: Buffer): Promise<number> {
  return new Promise((resolve) => {
    const reader = new AnswerReader();
    const finish = (status: number) => {
      socket.removeAllListeners("data").removeAllListeners("close").removeAllListeners("error");
      socket.on("error", () => undefined);
      resolve(status);
    };
    socket.on("data", (bytes: Buffer) => {
      const [status] = reader.push(bytes);
      if (status !== undefined) finish(status);
    });
    socket.on("error", () => finish(0));
    socket.on("close", () => finish(0));
    socket.write(request);
  });
}
