import "reflect-metadata";
import { tokenBrokerConfigSchema } from "../config";
import {
  audience,
  batchAccount,
  batchSpiffeId,
  clientId,
  grantOf,
  policy,
  reportAccount,
  scope,
  tenantId,
} from "../testing/broker-fixture";
import {
  authorityKeyUsage,
  createAuthority,
  issueLeaf,
  type KeyPairWithCertificate,
  temporaryFolder,
} from "../testing/certificates";
import { issueServerCertificate } from "../testing/mutual-tls-server";
import { type CheckedType, checkPolicy } from "./check-policy";

const folder = temporaryFolder();
afterAll(() => folder.remove());
let authority: KeyPairWithCertificate;
let listener: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  authority = await createAuthority("CA 13.1");
  const own = await issueServerCertificate(authority);
  listener = {
    kind: "mutual-tls",
    certificateFile: folder.write("server.pem", own.certificatePem),
    keyFile: folder.write("server-key.pem", own.keyPem),
    clientCaFile: folder.write("ca.pem", authority.certificatePem),
  };
});

const leaf = (value: string, from = authority) => issueLeaf(from, { names: [{ type: "url", value }] });

function check(
  certificatePem: string,
  wish: { account?: string; audience?: string; type?: CheckedType } = {},
  changes: Readonly<Record<string, unknown>> = {},
) {
  const config = tokenBrokerConfigSchema.parse({
    listener,
    source: { kind: "entra-client-assertion", tenantId, clientId, scope, certificateFile: "/c", keyFile: "/k" },
    exchange: { audience },
    policy,
    ...changes,
  });
  const { granted, steps } = checkPolicy({ config, certificatePem, now: new Date(), ...wish });
  return { granted, steps: steps.map(({ step, outcome, text }) => `${step} ${outcome}: ${text}`) };
}

describe("checkPolicy", () => {
  it("says what a client would get, and why", async () => {
    const { certificatePem } = await leaf(batchSpiffeId);
    const { granted, steps } = check(certificatePem);
    expect(granted).toBe(true);
    expect(steps).toEqual([
      expect.stringMatching(new RegExp(`^certificate good: SPIFFE ID ${batchSpiffeId}, subject CN=client, SHA-256 `)),
      'chain good: leads to "CN=CA 13.1"',
      `client good: "batch job", by spiffeId ${batchSpiffeId}`,
      `grant good: an access token of ${batchAccount} for 3600 s with https://www.googleapis.com/auth/cloud-platform`,
    ]);
  });

  it("names the authority that was expected beside the one that is presented", async () => {
    const { certificatePem } = await leaf(batchSpiffeId, await createAuthority("CA 13"));
    const { granted, steps } = check(certificatePem);
    expect(granted).toBe(false);
    expect(steps.at(-1)).toBe(
      'chain bad: leads to no trusted authority: expected issuer "CN=CA 13.1", presented issuer "CN=CA 13"',
    );
  });

  it("follows a chain whose intermediate stands in the file, and misses one that does not", async () => {
    const site = await issueLeaf(authority, {
      commonName: "Site",
      ca: true,
      keyUsage: authorityKeyUsage,
      extendedKeyUsage: false,
    });
    const client = await leaf(batchSpiffeId, site);
    expect(check(client.certificatePem + site.certificatePem).granted).toBe(true);
    expect(check(client.certificatePem).steps.at(-1)).toContain('presented issuer "CN=Site"');
  });

  it("names the nearest client to a certificate that none has", async () => {
    const { certificatePem } = await leaf("spiffe://ailab.com/dev/batch-jobs");
    expect(check(certificatePem).steps.at(-1)).toBe(
      `client bad: no client of the policy has this certificate; the nearest is "batch job", by spiffeId ${batchSpiffeId}`,
    );
  });

  it("lists the accounts of a client that asks for another", async () => {
    const { certificatePem } = await leaf(batchSpiffeId);
    expect(check(certificatePem, { account: reportAccount }).steps.at(-1)).toBe(
      `grant bad: the policy does not grant this account to the client; its accounts: ${batchAccount}`,
    );
  });

  it("says who must approve, and what ID tokens are for", async () => {
    const { certificatePem } = await leaf(batchSpiffeId);
    const [batchJob, reportServer] = policy.clients;
    const grants = [
      { ...grantOf(batchAccount), idTokenAudiences: ["https://a.example"], approval: { approvers: ["report server"] } },
    ];
    const changes = { policy: { clients: [{ ...batchJob, grants }, reportServer] } };
    expect(check(certificatePem, { audience: "https://a.example" }, changes).steps.at(-1)).toBe(
      `grant good: an ID token of ${batchAccount} for https://a.example, once "report server" approves`,
    );
    expect(check(certificatePem, { audience: "https://b.example" }, changes).granted).toBe(false);
  });

  it("tells of tokens of the broker's own, of quota, and of what the token endpoint would refuse", async () => {
    const { certificatePem } = await leaf(batchSpiffeId);
    const [batchJob] = policy.clients;
    const own = "https://peer.example";
    const client = {
      ...batchJob,
      grants: [{ ...grantOf(batchAccount), quotaProject: "ailab-data-dev" }],
      brokerToken: { audiences: [own], certificateBound: true },
    };
    const issuer = { url: "https://broker.example", signingKeyFiles: ["/key.pem"] };
    const last = (wish: Parameters<typeof check>[1], changes: object = {}) =>
      check(certificatePem, wish, { issuer, policy: { clients: [client] }, ...changes }).steps.at(-1);
    expect(last({})).toMatch(/^grant good: an access token of .*, quota project ailab-data-dev$/);
    expect(last({ type: "jwt", audience: own })).toBe(
      `grant good: a token of the broker's own for ${own} for 600 s, bound to the certificate`,
    );
    expect(last({ type: "jwt", audience: "https://other.example" })).toBe(
      `grant bad: the policy does not grant this audience to the client; its audiences: ${own}`,
    );
    expect(last({ audience: own })).toMatch(/^grant bad: .*; for a jwt of the broker's own the audience is granted$/);
    expect(last({ type: "jwt", audience: own }, { issuer: undefined, policy })).toBe(
      "grant bad: the broker issues no tokens of its own: issuer is missing",
    );
    const exchangesOnly = { ...client, grantTypes: ["urn:ietf:params:oauth:grant-type:token-exchange"] };
    expect(last({ type: "jwt", audience: own }, { policy: { clients: [exchangesOnly] } })).toBe(
      "grant bad: the policy does not allow this grant type to the client: client_credentials",
    );
    expect(last({}, { policy: { clients: [exchangesOnly] } })).toContain("grant good");
  });

  it("does not pretend to know what it cannot see", async () => {
    const { certificatePem } = await leaf(batchSpiffeId);
    const behindFront = check(certificatePem, {}, { listener: { kind: "front" } });
    expect(behindFront.granted).toBe(true);
    expect(behindFront.steps[1]).toBe("chain unknown: the load balancer verifies it");
    const elsewhere = check(certificatePem, {}, { listener: { ...listener, clientCaFile: "/absent" } });
    expect(elsewhere.steps[1]).toBe(
      "chain unknown: not verified: listener.clientCaFile: cannot read the file (ENOENT)",
    );
  });

  it.each([
    ["no certificate", "", "the file holds no PEM certificate"],
    ["rubbish", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "the file holds no PEM certificate"],
  ])("answers %s", (_, pem, text) => {
    expect(check(pem)).toEqual({ granted: false, steps: [`certificate bad: ${text}`] });
  });

  it("refuses a certificate that is no client's, in the broker's own words", async () => {
    const ca = await issueLeaf(authority, { ca: true });
    expect(check(ca.certificatePem).steps).toEqual([
      "certificate bad: the client certificate is an authority's certificate",
    ]);
  });
});
