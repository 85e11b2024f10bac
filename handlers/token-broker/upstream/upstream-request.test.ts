import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createAuthority } from "../testing/certificates";
import { issueServerCertificate } from "../testing/mutual-tls-server";
import { parseRetryAfter, sendOverNetwork, type UpstreamRequest } from "./upstream-request";

const servers: Server[] = [];
const sockets: TcpServer[] = [];
afterEach(() => {
  for (const listener of sockets.splice(0)) listener.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serverWith(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return `http://127.0.0.1:${address.port}/`;
}

const request = (url: string): UpstreamRequest => ({
  upstream: "entra",
  url,
  headers: { "x-a": "b" },
  body: "secret=1",
});
const signal = () => new AbortController().signal;

describe("sendOverNetwork", () => {
  it("posts the body and gives back status, body and Retry-After", async () => {
    const url = await serverWith((incoming, outgoing) => {
      incoming.setEncoding("utf8").on("data", (body) => {
        outgoing.writeHead(429, { "retry-after": "7" }).end(`${incoming.method} ${incoming.headers["x-a"]} ${body}`);
      });
    });
    expect(await sendOverNetwork(request(url), signal())).toEqual({
      status: 429,
      retryAfterSeconds: 7,
      body: "POST b secret=1",
    });
  });

  it("does not carry an assertion to where a redirect points", async () => {
    let redirected = 0;
    const elsewhere = await serverWith((_, outgoing) => {
      redirected++;
      outgoing.end();
    });
    const url = await serverWith((_, outgoing) => outgoing.writeHead(307, { location: elsewhere }).end());
    await expect(sendOverNetwork(request(url), signal())).rejects.toMatchObject({ code: "http_307", retryable: false });
    expect(redirected).toBe(0);
  });

  it("refuses an answer without end", async () => {
    const url = await serverWith((_, outgoing) => {
      const write = () => {
        while (outgoing.write("x".repeat(16_384)));
        outgoing.once("drain", write);
      };
      write();
    });
    await expect(sendOverNetwork(request(url), signal())).rejects.toMatchObject({
      code: "malformed_response",
      retryable: false,
    });
  });

  it("says why there is no connection, and that it may pass", async () => {
    const url = await serverWith(() => {});
    for (const server of servers) server.close();
    await expect(sendOverNetwork(request(url), signal())).rejects.toMatchObject({
      code: "network",
      retryable: true,
      description: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("sends nothing to a server whose certificate nobody vouches for, and says what to do", async () => {
    const authority = await createAuthority("Inspection");
    const own = await issueServerCertificate(authority);
    let requests = 0;
    const server = createHttpsServer({ cert: own.certificatePem + authority.certificatePem, key: own.keyPem }, () => {
      requests++;
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(sendOverNetwork(request(`https://localhost:${port}/`), signal())).rejects.toThrow(
      /^entra: network: SELF_SIGNED_CERT_IN_CHAIN .* \(what to do: .*NODE_EXTRA_CA_CERTS\)$/,
    );
    expect(requests).toBe(0);
    server.closeAllConnections();
    server.close();
  });

  it("says that a connection was cut", async () => {
    const url = await serverWith((incoming) => incoming.socket.destroy());
    await expect(sendOverNetwork(request(url), signal())).rejects.toMatchObject({ code: "network", retryable: true });
  });

  it("says that the other side has closed its half, before an answer and in the middle of one", async () => {
    const listener = createTcpServer({ allowHalfOpen: true });
    sockets.push(listener);
    let answer = "";
    listener.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer));
    });
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = listener.address();
    if (address === null || typeof address === "string") throw new Error("expected a port");
    const url = `http://127.0.0.1:${address.port}/`;
    const passing = { code: "network", retryable: true };
    await expect(sendOverNetwork(request(url), signal())).rejects.toMatchObject(passing);
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
    await expect(sendOverNetwork(request(url), signal())).rejects.toMatchObject(passing);
  });

  it("sends again without a fault after a kept connection has been closed by the other side", async () => {
    const url = await serverWith((_, outgoing) => outgoing.end("ok"));
    await sendOverNetwork(request(url), signal());
    for (const server of servers) server.closeAllConnections();
    await pause(50);
    expect((await sendOverNetwork(request(url), signal())).body).toBe("ok");
  });

  it("does not wait for an answer that comes byte by byte", async () => {
    const url = await serverWith((_, outgoing) => {
      outgoing.writeHead(200);
      const drip = setInterval(() => outgoing.write("x"), 20);
      outgoing.on("close", () => clearInterval(drip));
    });
    await expect(sendOverNetwork(request(url), AbortSignal.timeout(300))).rejects.toMatchObject({
      code: "timeout",
      retryable: true,
    });
  });

  it("tells being given up from running out of time", async () => {
    const url = await serverWith(() => {});
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    await expect(sendOverNetwork(request(url), controller.signal)).rejects.toMatchObject({
      code: "aborted",
      retryable: false,
    });
    await expect(sendOverNetwork(request(url), AbortSignal.timeout(20))).rejects.toMatchObject({
      code: "timeout",
      retryable: true,
    });
  });
});

describe("parseRetryAfter", () => {
  const now = Date.parse("2030-01-01T00:00:00Z");

  it.each([
    [null, undefined],
    ["0", 0],
    ["120", 120],
    ["9".repeat(400), 999_999_999],
    ["Tue, 01 Jan 2030 00:01:30 GMT", 90],
    ["Mon, 31 Dec 2029 00:00:00 GMT", 0],
    ["soon", undefined],
    ["-5 apples", undefined],
    ["", undefined],
  ])("reads %j as %s seconds", (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});
