import type { BrokerClient } from "./config";
import type { PeerIdentity } from "./peer/peer-identity";
import { decide } from "./policy";
import { batchAccount, batchSpiffeId, grantOf, policy, reportAccount } from "./testing/broker-fixture";

const fingerprint = "ab".repeat(32);
const peer = (identity: Partial<PeerIdentity>): PeerIdentity => ({
  sha256Fingerprint: "00".repeat(32),
  spiffeId: undefined,
  dnsNames: [],
  notAfter: new Date(),
  subject: "CN=batch job",
  issuer: "CN=authority",
  serialNumber: "01",
  ...identity,
});
const batchJob = peer({ spiffeId: batchSpiffeId });
const reportServer = peer({ dnsNames: ["reports.ailab.com", "www.ailab.com"] });
const byFingerprint: BrokerClient = {
  name: "pinned",
  match: { sha256Fingerprint: fingerprint },
  grants: [grantOf(reportAccount)],
};

describe("decide", () => {
  it("grants the only account of a client that names none", () => {
    expect(decide(policy.clients, batchJob, undefined)).toEqual({
      granted: true,
      client: "batch job",
      grant: grantOf(batchAccount),
    });
  });

  it("grants the account that a client names", () => {
    expect(decide(policy.clients, reportServer, reportAccount)).toEqual({
      granted: true,
      client: "report server",
      grant: grantOf(reportAccount, 600),
    });
  });

  it("asks a client with several accounts to name one", () => {
    expect(decide(policy.clients, reportServer, undefined)).toEqual({
      granted: false,
      reason: "account_required",
      client: "report server",
    });
  });

  it.each([
    ["of another client", reportAccount],
    ["that differs in case", batchAccount.toUpperCase()],
    ["that is a pattern", "*"],
    ["that is empty", ""],
  ])("refuses an account %s", (_, account) => {
    expect(decide(policy.clients, batchJob, account)).toEqual({
      granted: false,
      reason: "account_not_granted",
      client: "batch job",
    });
  });

  it("matches a fingerprint", () => {
    expect(decide([byFingerprint], peer({ sha256Fingerprint: fingerprint }), undefined)).toMatchObject({
      granted: true,
    });
    expect(decide([byFingerprint], peer({}), undefined)).toMatchObject({ granted: false });
  });

  it.each([
    ["with no name at all", peer({})],
    ["whose SPIFFE ID is longer", peer({ spiffeId: `${batchSpiffeId}/x` })],
    ["whose SPIFFE ID is shorter", peer({ spiffeId: batchSpiffeId.slice(0, -1) })],
    ["of another environment", peer({ spiffeId: "spiffe://ailab.com/prod/batch-job" })],
    ["with the SPIFFE ID as a DNS name", peer({ dnsNames: [batchSpiffeId] })],
    ["with the wildcard above the DNS name", peer({ dnsNames: ["*.ailab.com"] })],
    ["with a subdomain of the DNS name", peer({ dnsNames: ["x.reports.ailab.com"] })],
    ["with the client's name as its subject only", peer({ subject: "CN=reports.ailab.com" })],
  ])("denies a peer %s", (_, stranger) => {
    expect(decide([...policy.clients, byFingerprint], stranger, batchAccount)).toEqual({
      granted: false,
      reason: "client_not_listed",
    });
  });

  it("denies everybody when no client is listed", () => {
    expect(decide([], batchJob, undefined)).toEqual({ granted: false, reason: "client_not_listed" });
  });

  it("denies a peer that two clients describe", () => {
    const both = peer({ spiffeId: batchSpiffeId, dnsNames: ["reports.ailab.com"] });
    expect(decide(policy.clients, both, batchAccount)).toEqual({ granted: false, reason: "client_ambiguous" });
  });
});
