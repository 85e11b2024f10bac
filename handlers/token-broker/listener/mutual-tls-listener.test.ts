import "reflect-metadata";
import { execFile } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import { Agent, request } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect, type SecureVersion } from "node:tls";
import { ExtendedKeyUsage } from "@peculiar/x509";
import { createLogger } from "../../runtime";
import { batchSpiffeId } from "../testing/broker-fixture";
import { createAuthority, issueLeaf, type KeyPairWithCertificate, temporaryFolder } from "../testing/certificates";
import { readMutualTlsFiles } from "./mutual-tls-files";
import { mutualTlsListener } from "./mutual-tls-listener";

const folder = temporaryFolder();
let trusted: KeyPairWithCertificate;
let client: KeyPairWithCertificate;
let files: { certificateFile: string; keyFile: string; clientCaFile: string };
let lines: string[];
let server: Server;
let port: number;
let handled: number;
let now: Date;

beforeAll(async () => {
  trusted = await createAuthority("CA 13.1");
  client = await issueLeaf(trusted, { names: [{ type: "url", value: batchSpiffeId }] });
  const own = await issueLeaf(trusted, {
    commonName: "localhost",
    names: [{ type: "dns", value: "localhost" }],
    extendedKeyUsage: [ExtendedKeyUsage.serverAuth],
  });
  files = {
    certificateFile: folder.write("server.pem", own.certificatePem),
    keyFile: folder.write("server-key.pem", own.keyPem),
    clientCaFile: folder.write("ca.pem", trusted.certificatePem),
  };
});
afterAll(() => folder.remove());

beforeEach(async () => {
  lines = [];
  handled = 0;
  now = new Date();
  const logger = createLogger("test", { write: (line) => lines.push(line) });
  const listener = mutualTlsListener(readMutualTlsFiles({ kind: "mutual-tls", ...files }), logger);
  server = listener.createServer((incoming, outgoing) => {
    handled++;
    outgoing.end(JSON.stringify(listener.peerOf(incoming, now)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  port = address.port;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

interface GetOptions {
  readonly pair?: Pick<KeyPairWithCertificate, "certificatePem" | "keyPem">;
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
  readonly maxVersion?: SecureVersion;
}

async function get({ pair, headers = {}, agent, maxVersion = "TLSv1.3" }: GetOptions) {
  const outgoing = request({
    host: "127.0.0.1",
    port,
    servername: "localhost",
    ca: trusted.certificatePem,
    maxVersion,
    headers,
    agent: agent ?? new Agent({ keepAlive: false }),
    ...(pair && { cert: pair.certificatePem, key: pair.keyPem }),
  });
  outgoing.end();
  const [incoming] = await once(outgoing, "response");
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return { status: incoming.statusCode, body: JSON.parse(text) };
}

const messages = () => lines.map((line): unknown => JSON.parse(line).message);

describe("mutualTlsListener", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)("tells who the client is, over %s", async (maxVersion) => {
    const { body } = await get({ pair: client, maxVersion });
    expect(body).toMatchObject({ ok: true, peer: { spiffeId: batchSpiffeId, issuer: "CN=CA 13.1" } });
    expect(lines).toEqual([]);
  });

  it("takes a client whose chain has an intermediate that the client sends", async () => {
    const intermediate = await issueLeaf(trusted, {
      commonName: "Site",
      ca: true,
      keyUsage: 0x20 | 0x40,
      extendedKeyUsage: false,
    });
    const leaf = await issueLeaf(intermediate, { commonName: "deep" });
    const chain = { keyPem: leaf.keyPem, certificatePem: leaf.certificatePem + intermediate.certificatePem };
    expect((await get({ pair: chain })).body).toMatchObject({ ok: true, peer: { subject: "CN=deep" } });
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "refuses a client without a certificate, in words, over %s",
    async (maxVersion) => {
      expect(await get({ maxVersion })).toEqual({
        status: 401,
        body: { error: "invalid_client", error_description: "no client certificate was presented" },
      });
      expect(messages()).toEqual(["client refused: no client certificate was presented"]);
      expect(handled).toBe(0);
    },
  );

  it("refuses a client of another authority, and names both in the log", async () => {
    const elsewhere = await createAuthority("CA 13");
    const pair = await issueLeaf(elsewhere, { names: [{ type: "url", value: batchSpiffeId }] });
    expect(await get({ pair })).toEqual({
      status: 401,
      body: {
        error: "invalid_client",
        error_description: "the client certificate does not chain to a trusted authority",
      },
    });
    expect(messages()).toEqual([
      'client refused: the chain does not lead to a trusted authority: expected issuer "CN=CA 13.1", presented issuer "CN=CA 13"',
    ]);
    expect(handled).toBe(0);
  });

  it("refuses an authority of the same name with another key", async () => {
    const pair = await issueLeaf(await createAuthority("CA 13.1"), { names: [{ type: "url", value: batchSpiffeId }] });
    expect((await get({ pair })).status).toBe(401);
    expect(handled).toBe(0);
  });

  it.each([
    [
      "has expired",
      { notAfter: new Date(Date.now() - 60_000) },
      "client refused: a certificate of the chain has expired",
    ],
    [
      "is not yet valid",
      { notBefore: new Date(Date.now() + 60_000) },
      "client refused: a certificate of the chain is not yet valid",
    ],
    [
      "is a server's",
      { extendedKeyUsage: [ExtendedKeyUsage.serverAuth] },
      "client refused: the certificate is not for clients (extended key usage)",
    ],
  ])("refuses a certificate that %s, with the reason in words", async (_, options, message) => {
    expect((await get({ pair: await issueLeaf(trusted, options) })).status).toBe(401);
    expect(messages()).toEqual([message]);
    expect(handled).toBe(0);
  });

  it("refuses what Node's TLS lets pass: an authority's certificate, two SPIFFE IDs, a signing key", async () => {
    const leaves = [
      [await issueLeaf(trusted, { ca: true }), "certificate_is_ca"],
      [await issueLeaf(trusted, { keyUsage: 0x01 | 0x20 }), "certificate_key_usage"],
      [
        await issueLeaf(trusted, {
          names: [
            { type: "url", value: batchSpiffeId },
            { type: "url", value: `${batchSpiffeId}/2` },
          ],
        }),
        "certificate_spiffe_id",
      ],
    ] as const;
    for (const [pair, reason] of leaves) expect((await get({ pair })).body).toEqual({ ok: false, reason });
  });

  it("refuses headers that only a load balancer may set", async () => {
    const { body } = await get({
      pair: client,
      headers: { "X-Client-Cert-Spiffe-Id": "spiffe://ailab.com/prod/deployer" },
    });
    expect(body).toEqual({ ok: false, reason: "front_headers_unexpected" });
  });

  it("does not let a connection outlive its certificate", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await get({ pair: client, agent })).body).toMatchObject({ ok: true });
    now = new Date(client.certificate.notAfter.getTime() + 1_000);
    expect((await get({ pair: client, agent })).body).toEqual({ ok: false, reason: "certificate_expired" });
    agent.destroy();
  });

  describe.each(["TLSv1.2", "TLSv1.3"] as const)("when a session is resumed over %s", (maxVersion) => {
    async function resume(pair?: KeyPairWithCertificate) {
      const identity = pair && { cert: pair.certificatePem, key: pair.keyPem };
      const options = {
        host: "127.0.0.1",
        port,
        ca: trusted.certificatePem,
        servername: "localhost",
        maxVersion,
        ...identity,
      };
      const first = connect(options);
      first.on("error", () => {});
      first.resume();
      const [session]: Buffer[] = await once(first, "session");
      first.destroy();
      const second = connect({ ...options, ...(session && { session }) });
      await once(second, "secureConnect");
      const reused = second.isSessionReused();
      second.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      let text = "";
      for await (const chunk of second) text += String(chunk);
      return { reused, text };
    }

    it("knows the client again", async () => {
      const { reused, text } = await resume(client);
      expect(reused).toBe(true);
      expect(text).toContain(`"spiffeId":"${batchSpiffeId}"`);
    });

    it("refuses again whom it refused before: a resumed session without a certificate looks authorized to Node", async () => {
      const stranger = await issueLeaf(await createAuthority("CA 13"), {
        names: [{ type: "url", value: batchSpiffeId }],
      });
      expect((await resume()).text).toContain("no client certificate was presented");
      expect((await resume(stranger)).text).toContain("does not chain to a trusted authority");
      expect(handled).toBe(0);
    });
  });

  it("logs a handshake that fails: an old protocol, or what is no TLS", async () => {
    const old = connect({
      host: "127.0.0.1",
      port,
      ca: trusted.certificatePem,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    await once(old, "error");
    const plain = connectTcp(port, "127.0.0.1");
    plain.on("error", () => {});
    plain.end("GET / HTTP/1.1\r\n\r\n");
    await once(plain, "close");
    expect(messages()).toHaveLength(2);
    expect(messages().every((message) => String(message).startsWith("TLS handshake failed: ERR_SSL_"))).toBe(true);
    expect(handled).toBe(0);
  });

  it("is not stalled by connections that never say anything", async () => {
    const idle = Array.from({ length: 100 }, () => connectTcp(port, "127.0.0.1").on("error", () => {}));
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    expect((await get({ pair: client })).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });

  it("answers curl, with a certificate and without", async () => {
    const run = (...extra: string[]) =>
      new Promise<string>((resolve, reject) => {
        const fixed = [
          "--silent",
          "--show-error",
          "--max-time",
          "10",
          "--cacert",
          folder.write("trust.pem", trusted.certificatePem),
        ];
        const target = ["--connect-to", `localhost:${port}:127.0.0.1:${port}`, `https://localhost:${port}/`];
        execFile("curl", [...fixed, ...extra, ...target], (error, stdout) =>
          error === null ? resolve(stdout) : reject(error),
        );
      });
    const cert = folder.write("client.pem", client.certificatePem);
    const key = folder.write("client-key.pem", client.keyPem);
    expect(await run("--cert", cert, "--key", key)).toContain(batchSpiffeId);
    expect(await run()).toBe('{"error":"invalid_client","error_description":"no client certificate was presented"}\n');
  });
});
