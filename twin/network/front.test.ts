import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { type CertificateAuthority, createCertificateAuthority } from "./certificate-authority";
import { createHttpsAgent, createTwinFetch, type TwinFetch } from "./client";
import { Front } from "./front";
import { PortTakenError } from "./port-taken-error";

const run = promisify(execFile);

describe("front", () => {
  let authority: CertificateAuthority;
  let front: Front;
  let directory: string;
  let authorityFile: string;
  let twinFetch: TwinFetch;
  const errors: unknown[] = [];

  beforeAll(async () => {
    authority = await createCertificateAuthority({ name: "Test", purpose: "servers" });
    directory = await mkdtemp(join(tmpdir(), "keyless-front-"));
    authorityFile = join(directory, "ca.pem");
    await writeFile(authorityFile, authority.certificatePem);
    front = new Front({ certificateAuthority: authority, onError: (error) => errors.push(error) });
    front.add({
      hostname: "sts.googleapis.com",
      handle: (request, response) => void response.end(`sts ${request.method} ${request.url}`),
    });
    front.add({
      hostname: "broken.example.com",
      handle: async (_request, response) => {
        response.setHeader("Set-Cookie", "half=done");
        throw new Error("internal detail");
      },
    });
    front.addResolver((hostname) =>
      hostname.endsWith(".run.app")
        ? { hostname, handle: (_request, response) => void response.end(`service ${hostname}`) }
        : undefined,
    );
    front.describe([{ hostname: "dev.ailab.com", description: "apps of <dev>" }]);
    await front.listen();
    twinFetch = createTwinFetch(authority);
  });
  afterAll(async () => {
    await twinFetch.close();
    await front.close();
    await rm(directory, { recursive: true });
  });

  const tls = (servername: string) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const socket = connectTls({ port: front.port, host: "127.0.0.1", servername, ca: authority.certificatePem }, () =>
        resolve(socket),
      ).once("error", reject);
    });
  /** Sends bytes over TLS and returns the whole answer. */
  const raw = async (servername: string, text: string) => {
    const socket = await tls(servername);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.write(text);
    await new Promise((resolve) => socket.once("close", resolve));
    return Buffer.concat(chunks).toString();
  };
  const head = (host: string, more = "") => `GET / HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;

  it("serves a host to curl, which trusts nothing but the twin's authority", async () => {
    const { stdout } = await run("curl", [
      "-sS",
      "--cacert",
      authorityFile,
      `${front.origin("sts.googleapis.com")}/v1/token?a=b`,
    ]);
    expect(stdout).toBe("sts GET /v1/token?a=b");
  });

  it("serves a host to the twin's fetch and to node:https with the twin's agent", async () => {
    const response = await twinFetch(`${front.origin("sts.googleapis.com")}/x`, { method: "POST", body: "y" });
    expect(await response.text()).toBe("sts POST /x");
    const agent = createHttpsAgent(authority);
    const text = await new Promise<string>((resolve, reject) => {
      httpsRequest(`${front.origin("sts.googleapis.com")}/z`, { agent }, (answer) => {
        answer.setEncoding("utf8").once("data", resolve);
      })
        .once("error", reject)
        .end();
    });
    agent.destroy();
    expect(text).toBe("sts GET /z");
  });

  it("asks resolvers for hosts that were not added", async () => {
    const response = await twinFetch(front.origin("desk-710000000001.europe-west4.run.app"));
    expect(await response.text()).toBe("service desk-710000000001.europe-west4.run.app");
  });

  it("answers an unknown host with 404 and the addresses there are, escaped", async () => {
    const response = await twinFetch(front.origin("unknown.example.com"));
    const text = await response.text();
    expect(response.status).toBe(404);
    expect(text).toContain("<code>unknown.example.com</code>");
    expect(text).toContain(`https://sts.googleapis.com.localhost:${front.port}/`);
    expect(text).toContain("apps of &lt;dev&gt;");
  });

  it("welcomes on localhost and offers the authority's certificate, over HTTPS and HTTP", async () => {
    expect(await (await twinFetch(front.origin(""))).text()).toContain(`https://dev.ailab.com.localhost:${front.port}`);
    expect(await (await twinFetch(`${front.origin("")}/ca.pem`)).text()).toBe(authority.certificatePem);
    const { stdout } = await run("curl", ["-sS", `http://localhost:${front.httpPort}/ca.pem`]);
    expect(stdout).toBe(authority.certificatePem);
  });

  const plainHttp = (hostname: string, path: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const headers = { Host: `${hostname}.localhost:${front.httpPort}` };
      httpRequest({ host: "127.0.0.1", port: front.httpPort, path, headers }, (response) => {
        response.resume();
        resolve([response.statusCode, response.headers.location]);
      })
        .once("error", reject)
        .end();
    });

  it("redirects HTTP to HTTPS on the same host, path and query", async () => {
    expect(await plainHttp("dev.ailab.com", "/login?a=b")).toEqual([
      301,
      `https://dev.ailab.com.localhost:${front.port}/login?a=b`,
    ]);
  });

  it("lets whoever knows a host's rules for plain HTTP answer first", async () => {
    front.redirectPlainHttpBy((hostname, url) =>
      hostname === "rules.ailab.com" ? { status: 308, location: `https://elsewhere.localhost${url}` } : undefined,
    );
    expect(await plainHttp("rules.ailab.com", "/a?b=c")).toEqual([308, "https://elsewhere.localhost/a?b=c"]);
    expect(await plainHttp("dev.ailab.com", "/")).toEqual([301, `https://dev.ailab.com.localhost:${front.port}/`]);
  });

  it.each([
    ["a Host that is not the name of the handshake", "a.localhost", head("b.localhost"), 421],
    ["a Host that is not below localhost", "a.localhost", head("example.com"), 421],
    ["a Host that only ends alike", "a.localhost", head("evillocalhost"), 421],
    ["a Host with a trailing dot", "a.localhost", head("a.localhost."), 421],
    ["a Host with a port that is none", "a.localhost", head("a.localhost:99999"), 421],
    ["a Host with user information", "a.localhost", head("a.localhost@b.localhost"), 421],
    ["two Host headers", "a.localhost", head("a.localhost", "Host: b.localhost\r\n"), 400],
    ["two equal Host headers", "a.localhost", head("a.localhost", "host: a.localhost\r\n"), 400],
    ["no Host header", "a.localhost", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    [
      "a second host in the request target",
      "a.localhost",
      "GET https://b.localhost/ HTTP/1.1\r\nHost: a.localhost\r\nConnection: close\r\n\r\n",
      400,
    ],
    ["headers over 32 KiB", "a.localhost", head("a.localhost", `X: ${"y".repeat(40_000)}\r\n`), 431],
  ])("refuses %s", async (_what, servername, text, status) => {
    expect(await raw(servername, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it("refuses a request whose handshake named no host", async () => {
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const opened = connectTls({ port: front.port, host: "127.0.0.1", rejectUnauthorized: false }, () =>
        resolve(opened),
      ).once("error", reject);
    });
    socket.write(head("sts.googleapis.com.localhost"));
    const answer = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 421 /);
  });

  it("matches host names without regard to case", async () => {
    const answer = await raw("sts.googleapis.com.localhost", head("STS.googleapis.com.LOCALHOST:8443"));
    expect(answer).toContain("sts GET /");
  });

  it("issues one certificate for a name, however many ask at once", async () => {
    const sockets = await Promise.all([1, 2, 3].map(() => tls("fresh.example.com.localhost")));
    const serials = new Set(sockets.map((socket) => socket.getPeerCertificate().serialNumber));
    for (const socket of sockets) {
      socket.destroy();
    }
    expect(serials.size).toBe(1);
  });

  it("answers 500 without details when a host fails, and tells onError", async () => {
    const response = await twinFetch(front.origin("broken.example.com"));
    expect(response.status).toBe(500);
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(await response.text()).not.toContain("internal detail");
    expect(errors).toEqual([expect.objectContaining({ message: "internal detail" })]);
  });

  it("refuses to upgrade to a WebSocket", async () => {
    const upgrade =
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    const text = `GET / HTTP/1.1\r\nHost: sts.googleapis.com.localhost\r\nConnection: Upgrade\r\n${upgrade}\r\n`;
    expect(await raw("sts.googleapis.com.localhost", text)).toMatch(/^HTTP\/1\.1 501 .*not imitated\.\n$/s);
  });

  it("refuses two services of one name", () => {
    expect(() => front.add({ hostname: "STS.googleapis.com", handle: () => undefined })).toThrow("served already");
  });

  it("says in one line what to do about a taken port", async () => {
    const second = new Front({ certificateAuthority: authority, port: front.port });
    const error = await second.listen().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PortTakenError);
    expect(error).toMatchObject({
      message: `Port ${front.port} is taken. Choose another with --port N, or leave the option out for a free one.`,
    });
    const third = new Front({ certificateAuthority: authority, httpPort: front.httpPort });
    await expect(third.listen()).rejects.toThrow("--http-port N");
  });

  it("closes at once over idle and silent connections, and lets a request under way end", async () => {
    const closing = new Front({ certificateAuthority: authority });
    closing.add({
      hostname: "slow.example.com",
      handle: (_request, response) => void setTimeout(() => response.end("finished"), 300),
    });
    await closing.listen();
    const silent = connectTcp(closing.port, "127.0.0.1");
    const handshaken = connectTls({ port: closing.port, servername: "a.localhost", ca: authority.certificatePem });
    await new Promise((resolve) => handshaken.once("secureConnect", resolve));
    const client = createTwinFetch(authority);
    const underWay = client(closing.origin("slow.example.com"));
    await new Promise((resolve) => setTimeout(resolve, 100));

    const begun = performance.now();
    await closing.close();
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(await (await underWay).text()).toBe("finished");
    silent.destroy();
    handshaken.destroy();
    await client.close();
  });
});
