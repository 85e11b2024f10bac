import "reflect-metadata";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { Agent } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect } from "node:tls";
import { ExtendedKeyUsage } from "@peculiar/x509";
import { batchSpiffeId } from "../testing/broker-fixture";
import { authorityKeyUsage, createAuthority, issueLeaf, type KeyPairWithCertificate } from "../testing/certificates";
import { type GetOptions, type MutualTlsServer, requestOn, startMutualTlsServer } from "../testing/mutual-tls-server";

let trusted: KeyPairWithCertificate;
let client: KeyPairWithCertificate;
let server: MutualTlsServer;

beforeAll(async () => {
  trusted = await createAuthority("CA 13.1");
  client = await issueLeaf(trusted, { names: [{ type: "url", value: batchSpiffeId }] });
});
beforeEach(async () => {
  server = await startMutualTlsServer(trusted);
});
afterEach(() => server.close());

const get = (options: GetOptions) => server.get(options);
const messages = () => server.messages();

describe("MutualTlsListener", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)("tells who the client is, over %s", async (maxVersion) => {
    const { body } = await get({ pair: client, maxVersion });
    expect(body).toMatchObject({ ok: true, peer: { spiffeId: batchSpiffeId, issuer: "CN=CA 13.1" } });
    expect(messages()).toEqual([]);
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
      expect(server.state.handled).toBe(0);
    },
  );

  it("takes a client that sends its certificate alone where the file of authorities has the intermediate and the root", async () => {
    const intermediate = await issueLeaf(trusted, {
      commonName: "Site",
      ca: true,
      keyUsage: authorityKeyUsage,
      extendedKeyUsage: false,
    });
    const pair = await issueLeaf(intermediate);
    expect((await get({ pair })).status).toBe(401);
    server.folder.write("ca.pem", intermediate.certificatePem + trusted.certificatePem);
    server.reload();
    expect((await get({ pair })).body).toMatchObject({ ok: true });
    server.folder.write("ca.pem", intermediate.certificatePem);
    server.reload();
    expect((await get({ pair })).status).toBe(401);
    expect(messages().at(-1)).toBe(
      'client refused: the issuer "CN=Site" is trusted, but not the authority above it: expected "CN=CA 13.1" in the file of authorities as well',
    );
  });

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
    expect(server.state.handled).toBe(0);
  });

  it("refuses an authority of the same name with another key", async () => {
    const pair = await issueLeaf(await createAuthority("CA 13.1"), { names: [{ type: "url", value: batchSpiffeId }] });
    expect((await get({ pair })).status).toBe(401);
    expect(messages()).toEqual([
      'client refused: the chain does not lead to a trusted authority: the presented issuer "CN=CA 13.1" has the name of a trusted one, and another key',
    ]);
    expect(server.state.handled).toBe(0);
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
    expect(server.state.handled).toBe(0);
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
    server.state.now = () => new Date(client.certificate.notAfter.getTime() + 1_000);
    expect((await get({ pair: client, agent })).body).toEqual({ ok: false, reason: "certificate_expired" });
    agent.destroy();
  });

  describe.each(["TLSv1.2", "TLSv1.3"] as const)("when a session is resumed over %s", (maxVersion) => {
    async function resume(pair?: KeyPairWithCertificate) {
      const second = await server.connect(pair, maxVersion, await server.session(pair, maxVersion));
      return { reused: second.isSessionReused(), text: await requestOn(second) };
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
      expect(server.state.handled).toBe(0);
    });
  });

  it("logs a handshake that fails: an old protocol, or what is no TLS", async () => {
    const old = connect({
      host: "127.0.0.1",
      port: server.port,
      ca: trusted.certificatePem,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    await once(old, "error");
    const plain = connectTcp(server.port, "127.0.0.1");
    plain.on("error", () => {});
    plain.end("GET / HTTP/1.1\r\n\r\n");
    await once(plain, "close");
    expect(messages()).toHaveLength(2);
    expect(messages().every((message) => String(message).startsWith("TLS handshake failed: ERR_SSL_"))).toBe(true);
    expect(server.state.handled).toBe(0);
  });

  it("is not stalled by connections that never say anything", async () => {
    const idle = Array.from({ length: 100 }, () => connectTcp(server.port, "127.0.0.1").on("error", () => {}));
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
          server.folder.write("trust.pem", trusted.certificatePem),
        ];
        const target = [
          "--connect-to",
          `localhost:${server.port}:127.0.0.1:${server.port}`,
          `https://localhost:${server.port}/`,
        ];
        execFile("curl", [...fixed, ...extra, ...target], (error, stdout) =>
          error === null ? resolve(stdout) : reject(error),
        );
      });
    const cert = server.folder.write("client.pem", client.certificatePem);
    const key = server.folder.write("client-key.pem", client.keyPem);
    expect(await run("--cert", cert, "--key", key)).toContain(batchSpiffeId);
    expect(await run()).toBe('{"error":"invalid_client","error_description":"no client certificate was presented"}\n');
  });
});
