import "reflect-metadata";
import { writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { ConfigurationError, createLogger } from "../../runtime";
import { batchSpiffeId } from "../testing/broker-fixture";
import { authorityKeyUsage, createAuthority, issueLeaf, type KeyPairWithCertificate } from "../testing/certificates";
import {
  defaultLimits,
  issueServerCertificate,
  type MutualTlsServer,
  requestOn,
  startMutualTlsServer,
} from "../testing/mutual-tls-server";
import { readMutualTlsFiles } from "./mutual-tls-files";
import { MutualTlsListener } from "./mutual-tls-listener";

let trusted: KeyPairWithCertificate;
let next: KeyPairWithCertificate;
let client: KeyPairWithCertificate;
let nextClient: KeyPairWithCertificate;
let server: MutualTlsServer;

const names = [{ type: "url", value: batchSpiffeId }] as const;
beforeAll(async () => {
  trusted = await createAuthority("CA 13");
  next = await createAuthority("CA 13.1");
  client = await issueLeaf(trusted, { names: [...names] });
  nextClient = await issueLeaf(next, { names: [...names] });
});
beforeEach(async () => {
  server = await startMutualTlsServer(trusted);
});
afterEach(() => server.close());

const serial = (hexadecimal: string) => hexadecimal.replace(/^0+/, "").toUpperCase();

describe("a listener whose files are changed", () => {
  it("shows new connections the new certificate, and keeps those that are open", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await server.get({ pair: client, agent });
    const renewed = await issueServerCertificate(trusted);
    writeFileSync(server.paths.certificateFile, renewed.certificatePem);
    writeFileSync(server.paths.keyFile, renewed.keyPem);
    server.reload();
    const opened: unknown[] = [];
    server.server.on("secureConnection", (socket) => opened.push(socket));
    expect((await server.get({ pair: client, agent })).body).toMatchObject({ ok: true });
    expect(opened).toHaveLength(0);
    const fresh = await server.connect(client);
    expect(serial(fresh.getPeerCertificate().serialNumber)).toBe(serial(renewed.certificate.serialNumber));
    fresh.destroy();
    agent.destroy();
  });

  it("names what OpenSSL cannot use, at the start and later, and goes on with what it has", async () => {
    writeFileSync(server.paths.certificateFile, (await issueServerCertificate(trusted)).der);
    writeFileSync(server.paths.keyFile, "");
    expect(() => server.reload()).toThrow(ConfigurationError);
    const der = await issueServerCertificate(trusted);
    writeFileSync(server.paths.certificateFile, der.der);
    writeFileSync(server.paths.keyFile, der.keyPem);
    const named = /^listener\.certificateFile: OpenSSL cannot use it with .* \(ERR_/;
    expect(() => server.reload()).toThrow(named);
    const options = {
      limits: defaultLimits,
      needsCertificate: true,
      logger: createLogger("test", { write() {} }),
      onEvent() {},
    };
    const another = new MutualTlsListener(readMutualTlsFiles(server.paths), options);
    expect(() => another.createServer(() => undefined)).toThrow(named);
    expect((await server.get({ pair: client })).body).toMatchObject({ ok: true });
  });

  it("takes clients of a new authority beside the old", async () => {
    expect((await server.get({ pair: nextClient })).status).toBe(401);
    writeFileSync(server.paths.clientCaFile, trusted.certificatePem + next.certificatePem);
    server.reload();
    expect((await server.get({ pair: nextClient })).body).toMatchObject({ ok: true });
    expect((await server.get({ pair: client })).body).toMatchObject({ ok: true });
  });

  it("asks open connections again, and believes those no longer whose authority has gone", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const other = new Agent({ keepAlive: true, maxSockets: 1 });
    writeFileSync(server.paths.clientCaFile, trusted.certificatePem + next.certificatePem);
    server.reload();
    expect((await server.get({ pair: client, agent })).body).toMatchObject({ ok: true });
    expect((await server.get({ pair: nextClient, agent: other })).body).toMatchObject({ ok: true });
    writeFileSync(server.paths.clientCaFile, next.certificatePem);
    server.reload();
    const gone = { ok: false, reason: "certificate_chain_not_verified" };
    expect((await server.get({ pair: client, agent })).body).toEqual(gone);
    expect((await server.get({ pair: nextClient, agent: other })).body).toMatchObject({ ok: true });
    expect((await server.get({ pair: client })).status).toBe(401);
    agent.destroy();
    other.destroy();
  });

  it("keeps an open connection whose chain, by way of an intermediate, still leads to an authority", async () => {
    const site = await issueLeaf(trusted, {
      commonName: "Site",
      ca: true,
      keyUsage: authorityKeyUsage,
      extendedKeyUsage: false,
    });
    const leaf = await issueLeaf(site, { names: [...names] });
    const pair = { keyPem: leaf.keyPem, certificatePem: leaf.certificatePem + site.certificatePem };
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await server.get({ pair, agent })).body).toMatchObject({ ok: true });
    writeFileSync(server.paths.clientCaFile, trusted.certificatePem + next.certificatePem);
    server.reload();
    expect((await server.get({ pair, agent })).body).toMatchObject({ ok: true });
    agent.destroy();
  });

  it("takes a client by the chain that it shows, also where it showed another one before", async () => {
    const options = { commonName: "Site", ca: true, keyUsage: authorityKeyUsage, extendedKeyUsage: false } as const;
    const ofOld = await issueLeaf(trusted, options);
    const ofNext = await issueLeaf(next, { ...options, keys: ofOld.keys });
    const leaf = await issueLeaf(ofOld);
    const chain = (site: KeyPairWithCertificate) => ({
      keyPem: leaf.keyPem,
      certificatePem: leaf.certificatePem + site.certificatePem,
    });
    writeFileSync(server.paths.clientCaFile, trusted.certificatePem + next.certificatePem);
    server.reload();
    expect((await server.get({ pair: chain(ofOld) })).body).toMatchObject({ ok: true });
    writeFileSync(server.paths.clientCaFile, next.certificatePem);
    server.reload();
    expect((await server.get({ pair: chain(ofNext) })).body).toMatchObject({ ok: true });
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("resumes no session from before over %s", async (version) => {
    const session = await server.session(client, version);
    writeFileSync(server.paths.clientCaFile, next.certificatePem);
    server.reload();
    const second = await server.connect(client, version, session);
    expect(second.isSessionReused()).toBe(false);
    expect(await requestOn(second)).toContain("does not chain to a trusted authority");
    expect(server.state.handled).toBe(1);
  });

  it("stays as it was when the new files are bad", async () => {
    writeFileSync(server.paths.keyFile, "broken");
    expect(() => server.reload()).toThrow("listener.keyFile: expected a PEM unencrypted private key");
    expect((await server.get({ pair: client })).body).toMatchObject({ ok: true });
  });
});
