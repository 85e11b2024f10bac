import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { fastify } from "fastify";
import { WebSocket } from "undici";
import { iapAssertionHeader } from "../../../facts/iap";
import { audience, type LocalIap, portOf, principalOf, startLocalIap, workforcePool } from "../testing/local-iap";
import {
  type AssertionVerifier,
  createAssertionVerifier,
  createRemoteKeySource,
  fastifyIdentity,
  type Identity,
  identityOf,
  type RefusalReason,
  requestListener,
  type UpgradeHandler,
  upgradeListener,
} from ".";

const cloudRunAudience = "/projects/710000000001/locations/europe-west4/services/app-own";

let iap: LocalIap;
let verify: AssertionVerifier;
const servers: Server[] = [];
beforeAll(async () => {
  iap = await startLocalIap();
  const keys = createRemoteKeySource({ url: iap.jwksUrl });
  verify = createAssertionVerifier({ audiences: [audience, cloudRunAudience], workforcePool, keys });
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await iap.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${portOf(server.address())}`;
}
const asserted = (subject = "person", claims = {}) => ({ [iapAssertionHeader]: iap.assertion(subject, claims) });

describe("the listener for node:http", () => {
  let origin: string;
  let seen: Identity[];
  let refused: RefusalReason[];
  let faults: unknown[];
  beforeEach(async () => {
    [seen, refused, faults] = [[], [], []];
    const listener = requestListener(
      async (incoming, response, identity) => {
        seen.push(identity);
        if (incoming.url === "/throw") throw new Error("inside");
        response.end(identity.principal);
      },
      { verify, onRefusal: (_request, reason) => refused.push(reason), onError: (error) => faults.push(error) },
    );
    origin = await listen(createServer(listener));
  });

  it("gives the handler a verified identity, for both forms of an audience", async () => {
    for (const aud of [audience, cloudRunAudience]) {
      const response = await fetch(origin, { headers: asserted("agent", { aud }) });
      expect([response.status, await response.text()]).toEqual([200, principalOf("agent")]);
    }
    expect(seen).toHaveLength(2);
  });

  it.each<[string, () => Record<string, string>, number, RefusalReason]>([
    ["no assertion", () => ({}), 401, "missing_assertion"],
    ["unsigned headers", () => ({ "x-goog-authenticated-user-email": "a@b" }), 401, "missing_assertion"],
    ["another app's assertion", () => asserted("p", { aud: `${audience}9` }), 401, "audience_mismatch"],
    [
      "two joined ones",
      () => ({ [iapAssertionHeader]: `${iap.assertion("a")}, ${iap.assertion("b")}` }),
      401,
      "repeated_assertion",
    ],
    ["no e-mail address", () => asserted("p", { email: undefined }), 403, "missing_email"],
  ])("never calls the handler with %s", async (_what, headers, status, reason) => {
    const response = await fetch(origin, { headers: { ...headers(), accept: "application/json" } });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { reason, remedy: expect.any(String) } });
    expect([seen, refused]).toEqual([[], [reason]]);
  });

  it("takes a header that is sent twice for two", async () => {
    const twice = ["host", "localhost", iapAssertionHeader, iap.assertion("a"), iapAssertionHeader, iap.assertion("b")];
    const status = await new Promise((resolve, reject) => {
      const outgoing = request(origin, { headers: twice }, (response: IncomingMessage) => resolve(response.statusCode));
      outgoing.on("error", reject).end();
    });
    expect([status, refused]).toEqual([401, ["repeated_assertion"]]);
  });

  it("answers a handler's fault with 500 and tells it to the server only", async () => {
    const response = await fetch(`${origin}/throw`, { headers: asserted() });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("inside");
    expect(String(faults[0])).toContain("inside");
  });
});

describe("the listener for upgrades", () => {
  const origins = ["https://dev.example.com"];
  let opened: { identity: Identity; url: string | undefined }[];
  let refused: RefusalReason[];
  const switched: Duplex[] = [];
  afterAll(() => {
    for (const socket of switched) socket.destroy();
  });

  async function start(handler: UpgradeHandler, longestSeconds?: number): Promise<string> {
    const server = createServer();
    const options = { verify, origins, onRefusal: (_: IncomingMessage, reason: RefusalReason) => refused.push(reason) };
    server.on(
      "upgrade",
      upgradeListener(handler, { ...options, ...(longestSeconds === undefined ? {} : { longestSeconds }) }),
    );
    return (await listen(server)).replace("http:", "ws:");
  }
  /** As much of RFC 6455 §4.2.2 as opens a connection. */
  const accept: UpgradeHandler = async (incoming, socket, _head, identity) => {
    opened.push({ identity, url: incoming.url });
    // The server counts a switched connection among its own no more.
    switched.push(socket);
    const { createHash } = await import("node:crypto");
    const key = `${incoming.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const answer = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answer}\r\n\r\n`,
    );
  };
  const open = (url: string, headers: Record<string, string>): Promise<"open" | "refused"> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, { headers });
      socket.onopen = () => {
        resolve("open");
        socket.close();
      };
      socket.onerror = () => resolve("refused");
    });
  beforeEach(() => {
    [opened, refused] = [[], []];
  });

  it("opens a WebSocket for a verified person from a page of ours", async () => {
    const url = await start(accept);
    expect(await open(`${url}/live`, { ...asserted("agent"), origin: "https://dev.example.com" })).toBe("open");
    expect(opened).toMatchObject([{ identity: { principal: principalOf("agent") }, url: "/live" }]);
  });

  it.each<[string, () => Record<string, string>]>([
    ["without an assertion", () => ({ origin: "https://dev.example.com" })],
    ["with an expired one", () => ({ ...asserted("p", { iat: 1, exp: 500 }), origin: "https://dev.example.com" })],
    ["from a page of another site", () => ({ ...asserted(), origin: "https://evil.example" })],
    ["from a page of nowhere", () => ({ ...asserted(), origin: "null" })],
    ["without an origin", () => asserted()],
  ])("opens none %s", async (_what, headers) => {
    expect(await open(await start(accept), headers())).toBe("refused");
    expect(opened).toEqual([]);
  });

  it("refuses in HTTP, before anything is switched, with the word for the reason", async () => {
    const url = await start(accept);
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*missing_assertion\n$/);
    expect(refused).toEqual(["missing_assertion"]);
  });

  it("ends a connection that has been open for too long", async () => {
    const url = await start(accept, 0.2);
    const closed = new Promise((resolve) => {
      const socket = new WebSocket(url, { headers: { ...asserted(), origin: "https://dev.example.com" } });
      socket.onclose = () => resolve("closed");
    });
    expect(await closed).toBe("closed");
  });

  it("outlives a handler that throws and a client that resets the connection", async () => {
    const url = await start(() => {
      throw new Error("inside");
    });
    expect(await open(url, { ...asserted(), origin: "https://dev.example.com" })).toBe("refused");
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${iapAssertionHeader}: x\r\n\r\n`,
    );
    socket.resetAndDestroy();
    expect(await open(url, { ...asserted(), origin: "https://dev.example.com" })).toBe("refused");
  });

  it.each([[[]], [["*"]], [["dev.example.com"]], [["https://dev.example.com/"]]])(
    "is not made for the origins %j",
    (wrong) => {
      expect(() => upgradeListener(accept, { verify, origins: wrong })).toThrow("origins");
    },
  );
});

describe("the Fastify plugin", () => {
  it("covers the routes of its instance and of those below, also where they are declared before it", async () => {
    const app = fastify();
    app.get("/before", async (incoming) => identityOf(incoming).principal);
    await app.register(fastifyIdentity, { verify, publicRoutes: ["/open"] });
    app.get("/after", async (incoming) => identityOf(incoming).principal);
    app.get("/open", async () => "anybody");
    await app.register(async (child) => {
      child.get("/below", async (incoming) => identityOf(incoming).principal);
    });
    for (const url of ["/before", "/after", "/below"]) {
      expect((await app.inject({ url })).statusCode).toBe(401);
      expect((await app.inject({ url, headers: asserted("agent") })).body).toBe(principalOf("agent"));
    }
    expect((await app.inject({ url: "/open" })).body).toBe("anybody");
    expect((await app.inject({ url: "/open/" })).statusCode).toBe(401);
    expect((await app.inject({ url: "/nowhere" })).statusCode).toBe(401);
    await app.close();
  });

  it("makes no identity where a route was public", async () => {
    const app = fastify();
    await app.register(fastifyIdentity, { verify, publicRoutes: ["/open"] });
    app.get("/open", async (incoming) => identityOf(incoming).principal);
    expect((await app.inject({ url: "/open", headers: asserted("agent") })).statusCode).toBe(500);
    await app.close();
  });
});
