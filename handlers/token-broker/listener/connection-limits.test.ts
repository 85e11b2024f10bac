import "reflect-metadata";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthority, issueLeaf, type KeyPairWithCertificate } from "../testing/certificates";
import { type MutualTlsServer, startMutualTlsServer } from "../testing/mutual-tls-server";

let trusted: KeyPairWithCertificate;
let client: KeyPairWithCertificate;
let server: MutualTlsServer;
beforeAll(async () => {
  trusted = await createAuthority("Machines");
  client = await issueLeaf(trusted);
});
afterEach(() => server.close());

const silent = async (): Promise<Socket> => {
  const socket = connectTcp(server.port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
};

/** Milliseconds until the other side closes. */
async function lifeOf(socket: Socket): Promise<number> {
  const start = performance.now();
  socket.resume();
  await once(socket, "close");
  return performance.now() - start;
}

describe("the limits of a listener", () => {
  it("ends a connection that never begins a handshake", async () => {
    server = await startMutualTlsServer(trusted, { limits: { handshakeSeconds: 1 } });
    const life = await lifeOf(await silent());
    expect(life).toBeGreaterThan(800);
    expect(life).toBeLessThan(4_000);
    expect(server.events).toContainEqual({ kind: "handshake_failed", code: "ERR_TLS_HANDSHAKE_TIMEOUT" });
  });

  it("ends a connection that sends nothing after its handshake, or begins a request and does not end it", async () => {
    server = await startMutualTlsServer(trusted, { limits: { requestSeconds: 1 } });
    const idle = await server.connect(client);
    const slow = await server.connect(client);
    slow.write("GET / HTTP/1.1\r\nHost: x\r\nX-A: ");
    for (const life of await Promise.all([lifeOf(idle), lifeOf(slow)])) expect(life).toBeLessThan(5_000);
  });

  it("ends a connection that is kept alive for nothing", async () => {
    server = await startMutualTlsServer(trusted, { limits: { idleSeconds: 1 } });
    const socket = await server.connect(client);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "data");
    expect(await lifeOf(socket)).toBeLessThan(4_000);
  });

  it("ends the connection of a refused client that goes on sending", async () => {
    server = await startMutualTlsServer(trusted);
    // It reads nothing, and so does not see that the other side has ended.
    const socket = await server.connect();
    const sending = setInterval(() => socket.write("x"), 100);
    const open = () => new Promise<number>((resolve) => server.server.getConnections((_, count) => resolve(count)));
    for (let looks = 0; looks < 60 && (await open()) > 0; looks++) await sleep(50);
    clearInterval(sending);
    const left = await open();
    socket.destroy();
    expect(left).toBe(0);
  });

  it("closes the connection beyond the last one, says so, and takes new ones when others have gone", async () => {
    server = await startMutualTlsServer(trusted, { limits: { connections: 2 } });
    const open = [await silent(), await silent()];
    await lifeOf(await silent());
    expect(server.events).toContainEqual({ kind: "connection_dropped" });
    for (const socket of open) socket.destroy();
    await Promise.all(open.map((socket) => once(socket, "close")));
    expect((await server.get({ pair: client })).status).toBe(200);
  });

  it("counts every handshake that fails, and bounds what is logged of them", async () => {
    server = await startMutualTlsServer(trusted);
    const began = performance.now();
    for (let round = 0; round < 5; round++) {
      const sockets = await Promise.all(Array.from({ length: 60 }, silent));
      for (const socket of sockets) socket.end("this is no ClientHello");
      await Promise.all(sockets.map(lifeOf));
    }
    expect(server.events.filter(({ kind }) => kind === "handshake_failed")).toHaveLength(300);
    const failed = server.messages().filter((message) => String(message).startsWith("TLS handshake failed"));
    expect(failed.length).toBeGreaterThanOrEqual(200);
    // Two hundred, and ten for each second that this took.
    expect(failed.length).toBeLessThanOrEqual(201 + (performance.now() - began) / 100);
  });

  it("refuses headers beyond the limit", async () => {
    server = await startMutualTlsServer(trusted, { limits: { headerBytes: 2_048 } });
    const socket = await server.connect(client);
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(3_000)}\r\n\r\n`);
    const [chunk] = await once(socket, "data");
    expect(String(chunk)).toMatch(/^HTTP\/1.1 431 /);
    socket.destroy();
  });

  it("serves on while a thousand connections never speak", async () => {
    server = await startMutualTlsServer(trusted);
    const idle = await Promise.all(Array.from({ length: 1_000 }, silent));
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.get({ pair: client })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    for (const socket of idle) socket.destroy();
  });

  it("lets a client without a certificate in only where that is said, and one with a bad one never", async () => {
    server = await startMutualTlsServer(trusted, { needsCertificate: false });
    expect((await server.get({})).body).toEqual({ ok: false, reason: "certificate_missing" });
    const stranger = await issueLeaf(await createAuthority("Elsewhere"));
    expect((await server.get({ pair: stranger })).status).toBe(401);
    expect(server.state.handled).toBe(1);
  });
});
