import "reflect-metadata";
import { Agent } from "node:https";
import { authorityKeyUsage, createAuthority, issueLeaf, type KeyPairWithCertificate } from "../testing/certificates";
import { type MutualTlsServer, requestOn, startMutualTlsServer } from "../testing/mutual-tls-server";

let machines: KeyPairWithCertificate;
let ailab: KeyPairWithCertificate;
let partner: KeyPairWithCertificate;
let server: MutualTlsServer;
beforeAll(async () => {
  machines = await createAuthority("Machines");
  ailab = await createAuthority("ailab.com");
  partner = await createAuthority("partner.example");
});
beforeEach(async () => {
  server = await startMutualTlsServer(machines, {
    trustDomains: { "ailab.com": ailab, "partner.example": partner },
  });
});
afterEach(() => server.close());

const svid = (authority: KeyPairWithCertificate, value: string) =>
  issueLeaf(authority, { names: [{ type: "url", value }] });
const foreign = { ok: false, reason: "certificate_trust_domain" };

describe("a listener with a bundle for each trust domain", () => {
  it("believes an ID that its own domain's bundle vouches for, and other certificates of the general list", async () => {
    expect((await server.get({ pair: await svid(ailab, "spiffe://ailab.com/a") })).body).toMatchObject({ ok: true });
    const named = await issueLeaf(machines, { names: [{ type: "dns", value: "reports.ailab.com" }] });
    expect((await server.get({ pair: named })).body).toMatchObject({ ok: true });
  });

  it("does not let one domain name the workloads of another, though OpenSSL has verified the chain", async () => {
    expect((await server.get({ pair: await svid(partner, "spiffe://ailab.com/a") })).body).toEqual(foreign);
    expect((await server.get({ pair: await svid(machines, "spiffe://ailab.com/a") })).body).toEqual(foreign);
    expect((await server.get({ pair: await svid(ailab, "spiffe://unknown.example/a") })).body).toEqual(foreign);
  });

  it("does not let a trust domain's authority vouch for a certificate without a SPIFFE ID", async () => {
    const names = [{ type: "dns", value: "reports.ailab.com" }] as const;
    const pair = await issueLeaf(partner, { names: [...names] });
    expect((await server.get({ pair })).body).toEqual({ ok: false, reason: "certificate_chain_not_verified" });
  });

  it("takes the renewed certificate of an intermediate, when the one of before has ended", async () => {
    const day = 24 * 3_600_000;
    const site = { commonName: "Site", ca: true, keyUsage: authorityKeyUsage, extendedKeyUsage: false } as const;
    const before = await issueLeaf(ailab, { ...site, notAfter: new Date(Date.now() + day) });
    const renewed = await issueLeaf(ailab, { ...site, keys: before.keys });
    const leaf = await svid(before, "spiffe://ailab.com/a");
    const chain = ({ certificatePem }: KeyPairWithCertificate) => ({
      keyPem: leaf.keyPem,
      certificatePem: leaf.certificatePem + certificatePem,
    });
    expect((await server.get({ pair: chain(before) })).body).toMatchObject({ ok: true });
    server.state.now = () => new Date(Date.now() + 2 * day);
    expect((await server.get({ pair: chain(before) })).body).toEqual(foreign);
    expect((await server.get({ pair: chain(renewed) })).body).toMatchObject({ ok: true });
  });

  it("is not taken in by an authority that calls itself as another domain's", async () => {
    await server.close();
    const impostor = await createAuthority("ailab.com");
    server = await startMutualTlsServer(machines, {
      trustDomains: { "ailab.com": ailab, "partner.example": impostor },
    });
    expect((await server.get({ pair: await svid(impostor, "spiffe://ailab.com/a") })).body).not.toHaveProperty("peer");
    expect((await server.get({ pair: await svid(ailab, "spiffe://ailab.com/a") })).body).toMatchObject({ ok: true });
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "knows a client with an intermediate again when it resumes over %s",
    async (version) => {
      const site = await issueLeaf(ailab, {
        commonName: "Site",
        ca: true,
        keyUsage: authorityKeyUsage,
        extendedKeyUsage: false,
      });
      const leaf = await svid(site, "spiffe://ailab.com/a");
      const pair = { keyPem: leaf.keyPem, certificatePem: leaf.certificatePem + site.certificatePem };
      const second = await server.connect(pair, version, await server.session(pair, version));
      expect(second.isSessionReused()).toBe(true);
      expect(await requestOn(second)).toContain('"spiffeId":"spiffe://ailab.com/a"');
    },
  );

  it("looks at the chain that comes with a connection, where the same certificate came with another domain's before", async () => {
    const options = { commonName: "Site", ca: true, keyUsage: authorityKeyUsage, extendedKeyUsage: false } as const;
    const ofPartner = await issueLeaf(partner, options);
    const ofAilab = await issueLeaf(ailab, { ...options, keys: ofPartner.keys });
    const leaf = await svid(ofAilab, "spiffe://ailab.com/a");
    const chain = (site: KeyPairWithCertificate) => ({
      keyPem: leaf.keyPem,
      certificatePem: leaf.certificatePem + site.certificatePem,
    });
    expect((await server.get({ pair: chain(ofPartner) })).body).toEqual(foreign);
    expect((await server.get({ pair: chain(ofAilab) })).body).toMatchObject({ ok: true });
  });

  it("does not refuse for one connection what another was refused for", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await server.get({ pair: await svid(partner, "spiffe://ailab.com/a"), agent })).body).toEqual(foreign);
    expect((await server.get({ pair: await svid(ailab, "spiffe://ailab.com/a") })).body).toMatchObject({ ok: true });
    agent.destroy();
  });
});
