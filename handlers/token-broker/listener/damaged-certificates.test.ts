import "reflect-metadata";
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import fc from "fast-check";
import { createAuthority, issueLeaf, type KeyPairWithCertificate } from "../testing/certificates";
import { type MutualTlsServer, startMutualTlsServer } from "../testing/mutual-tls-server";

let trusted: KeyPairWithCertificate;
let leaf: KeyPairWithCertificate;
let server: MutualTlsServer;
beforeAll(async () => {
  trusted = await createAuthority("Machines");
  leaf = await issueLeaf(trusted, {
    subject: "CN=client, O=ailab, C=DE",
    names: [
      { type: "url", value: "spiffe://ailab.com/a" },
      { type: "dns", value: "client.ailab.com" },
    ],
  });
  server = await startMutualTlsServer(trusted);
});
afterAll(() => server.close());

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;

/** What a client shows; undefined when OpenSSL does not even take it for a certificate of the key. */
function contextOf(certificates: string): SecureContext | undefined {
  try {
    return createSecureContext({ cert: certificates, key: leaf.keyPem, ca: trusted.certificatePem });
  } catch {
    return undefined;
  }
}

/** Asks once, and gives back what came until the connection ended. */
async function ask(secureContext: SecureContext): Promise<string> {
  const socket: TLSSocket = connect({ host: "127.0.0.1", port: server.port, servername: "localhost", secureContext });
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
  });
  socket.on("error", () => {});
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await new Promise((resolve) => socket.on("close", resolve));
  return text;
}

/** The leaf with some of its bytes changed. */
const damage = () =>
  fc
    .array(fc.tuple(fc.nat(leaf.der.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 })
    .map((changes) => {
      const der = Buffer.from(leaf.der);
      for (const [position, difference] of changes) der[position] = (der[position] ?? 0) ^ difference;
      return der;
    })
    .filter((der) => !der.equals(leaf.der));

describe("a listener that is shown damaged certificates", () => {
  it("admits none of them, and lives on", async () => {
    let shown = 0;
    await fc.assert(
      fc.asyncProperty(damage(), async (der) => {
        const context = contextOf(pem(der));
        if (context === undefined) return;
        shown += 1;
        expect(await ask(context)).not.toMatch(/^HTTP\/1.1 200 /);
      }),
      { numRuns: 150 },
    );
    expect(shown).toBeGreaterThan(20);
    expect(server.state.handled).toBe(0);
    expect((await server.get({ pair: leaf })).body).toMatchObject({ ok: true });
  });

  it("ends the handshake of a chain that is longer than any can be", async () => {
    const many = contextOf(leaf.certificatePem + trusted.certificatePem.repeat(600));
    expect(many && (await ask(many))).toBe("");
    expect(server.events.at(-1)).toMatchObject({ kind: "handshake_failed" });
    expect((await server.get({ pair: leaf })).body).toMatchObject({ ok: true });
  });

  it("knows a client whose chain holds certificates of others by its own", async () => {
    const rest = await Promise.all(Array.from({ length: 12 }, () => issueLeaf(trusted, { commonName: "other" })));
    const context = contextOf(leaf.certificatePem + rest.map(({ certificatePem }) => certificatePem).join(""));
    const text = context === undefined ? "" : await ask(context);
    expect(text).toContain('"subjectDn":"C=DE,O=ailab,CN=client"');
    expect(text).not.toContain("other");
  });
});
