import { policySchema } from "../config/policy";
import { targetKey } from "../exchange/token-target";
import type { Caller } from "../peer/caller";
import type { PeerIdentity } from "../peer/peer-identity";
import {
  accessTargetOf,
  batchAccount,
  batchSpiffeId,
  grantOf,
  policy as policyDocument,
  reportAccount,
} from "../testing/broker-fixture";
import { Policy, type TokenWish } from "./policy";

const fingerprint = "ab".repeat(32);
const peer = (identity: Partial<PeerIdentity>): Caller => ({
  kind: "certificate",
  peer: {
    sha256Fingerprint: "00".repeat(32),
    spiffeId: undefined,
    uriSans: [],
    dnsNames: [],
    subjectDn: "CN=batch job",
    notAfter: new Date(),
    subject: "CN=batch job",
    issuer: "CN=authority",
    serialNumber: "01",
    ...identity,
  },
});
const jwt = (issuer: string, subject: string): Caller => ({
  kind: "jwt",
  issuer,
  subject,
  tokenId: undefined,
  expiresAt: new Date(),
});
const batchJob = peer({ spiffeId: batchSpiffeId, uriSans: [batchSpiffeId] });
const reportServer = peer({ dnsNames: ["reports.ailab.com", "www.ailab.com"] });

const clients = [
  ...policyDocument.clients,
  { name: "pinned", match: { sha256Fingerprint: fingerprint }, grants: [grantOf(reportAccount)] },
  { name: "printer", match: { uri: "urn:uuid:printer" }, grants: [grantOf(reportAccount)] },
  { name: "named", match: { subjectDn: "CN=batch,O=ailab" }, grants: [grantOf(reportAccount)] },
  { name: "pipeline", match: { jwt: { issuer: "https://a", subject: "b" } }, grants: [grantOf(reportAccount)] },
  {
    name: "caller of services",
    match: { dnsName: "caller.ailab.com" },
    grants: [
      { account: batchAccount, idTokenAudiences: ["https://a.example", "https://b.example"], lifetimeSeconds: 600 },
      { ...grantOf(reportAccount), idTokenAudiences: ["https://b.example"] },
    ],
  },
];
const policy = new Policy(policySchema.parse({ clients }));

const clientNamed = (caller: Caller) => {
  const decision = policy.clientOf(caller);
  return decision.found ? decision.client.name : decision.reason;
};
function wish(name: string, given: TokenWish) {
  const client = policy.clients.find((candidate) => candidate.name === name);
  if (client === undefined) throw new Error(`no client ${name}`);
  const decision = policy.grantFor(client, given);
  return decision.granted ? decision.target : decision.reason;
}

describe("Policy.clientOf", () => {
  it.each<[string, Caller, string]>([
    ["a SPIFFE ID", batchJob, "batch job"],
    ["one of several DNS names", reportServer, "report server"],
    ["a fingerprint", peer({ sha256Fingerprint: fingerprint }), "pinned"],
    ["a URI", peer({ uriSans: ["urn:uuid:other", "urn:uuid:printer"] }), "printer"],
    ["a subject", peer({ subjectDn: "CN=batch,O=ailab" }), "named"],
    ["issuer and subject of a JWT", jwt("https://a", "b"), "pipeline"],
  ])("finds a client by %s", (_, caller, name) => {
    expect(clientNamed(caller)).toBe(name);
  });

  it.each<[string, Caller]>([
    ["with no name at all", peer({})],
    ["whose SPIFFE ID is longer", peer({ spiffeId: `${batchSpiffeId}/x` })],
    ["whose SPIFFE ID is shorter", peer({ spiffeId: batchSpiffeId.slice(0, -1) })],
    ["of another environment", peer({ spiffeId: "spiffe://ailab.com/prod/batch-job" })],
    ["with the SPIFFE ID as a DNS name", peer({ dnsNames: [batchSpiffeId] })],
    ["with the SPIFFE ID as one URI of several", peer({ uriSans: [batchSpiffeId, "urn:x"] })],
    ["with the wildcard above the DNS name", peer({ dnsNames: ["*.ailab.com"] })],
    ["with a subdomain of the DNS name", peer({ dnsNames: ["x.reports.ailab.com"] })],
    ["with the client's name as its subject only", peer({ subjectDn: "CN=reports.ailab.com" })],
    ["with more in its subject", peer({ subjectDn: "CN=batch,O=ailab,C=DE" })],
    ["with a JWT of another issuer", jwt("https://a/", "b")],
    ["with a JWT whose issuer and subject run into each other", jwt("https://a b", "")],
    ["with a JWT subject that looks like a SPIFFE ID", jwt("spiffe", batchSpiffeId)],
  ])("denies a caller %s", (_, stranger) => {
    expect(clientNamed(stranger)).toBe("client_not_listed");
  });

  it("denies everybody when no client is listed", () => {
    expect(new Policy({ clients: [] }).clientOf(batchJob)).toMatchObject({ found: false, reason: "client_not_listed" });
  });

  it("denies a peer that two clients describe, and knows which", () => {
    const both = peer({ sha256Fingerprint: fingerprint, dnsNames: ["reports.ailab.com"] });
    expect(policy.clientOf(both)).toMatchObject({
      found: false,
      reason: "client_ambiguous",
      candidates: [{ name: "report server" }, { name: "pinned" }],
    });
  });

  it("matches an SVID by its SPIFFE ID alone: another name in it is not the trust domain's to give", () => {
    const spiffeId = "spiffe://partner.example/x";
    const names = { dnsNames: ["reports.ailab.com"], subjectDn: "CN=batch,O=ailab", uriSans: [spiffeId] };
    expect(clientNamed(peer({ spiffeId, ...names }))).toBe("client_not_listed");
  });
});

describe("Policy.grantFor", () => {
  const accessToken = (account?: string): TokenWish => ({ kind: "access_token", account });

  it("grants the only account of a client that names none, and the account that a client names", () => {
    expect(wish("batch job", accessToken())).toEqual(accessTargetOf(batchAccount));
    expect(wish("report server", accessToken(reportAccount))).toEqual(accessTargetOf(reportAccount, 600));
  });

  it("asks a client with several accounts to name one", () => {
    expect(wish("report server", accessToken())).toBe("account_required");
  });

  it.each([
    ["of another client", reportAccount],
    ["that differs in case", batchAccount.toUpperCase()],
    ["that is a pattern", "*"],
    ["that is empty", ""],
  ])("refuses an account %s", (_, account) => {
    expect(wish("batch job", accessToken(account))).toBe("account_not_granted");
  });

  it("grants an ID token for an audience that is listed, of the account that has it", () => {
    const target = { kind: "id_token", account: batchAccount, audience: "https://a.example" };
    expect(wish("caller of services", { kind: "id_token", audience: "https://a.example" })).toEqual(target);
    expect(wish("caller of services", { kind: "id_token", audience: "https://b.example" })).toBe("account_required");
    expect(wish("caller of services", { kind: "id_token", audience: "https://a.example/" })).toBe(
      "audience_not_granted",
    );
    expect(wish("batch job", { kind: "id_token", audience: "https://a.example" })).toBe("audience_not_granted");
  });

  it("grants no access token of an account whose ID token alone is granted", () => {
    expect(wish("caller of services", accessToken(batchAccount))).toBe("account_not_granted");
    expect(wish("caller of services", accessToken())).toEqual(accessTargetOf(reportAccount));
  });

  it("grants the scopes of the grant, in any order, and neither more nor fewer", () => {
    const [scope] = grantOf(batchAccount).scopes;
    const ask = (...scopes: string[]) => wish("batch job", { kind: "access_token", scopes });
    expect(ask(scope ?? "")).toEqual(accessTargetOf(batchAccount));
    expect(ask(scope ?? "", "https://www.googleapis.com/auth/bigquery")).toBe("scope_not_granted");
    expect(ask()).toBe("scope_not_granted");
  });
});

describe("the targets of a policy", () => {
  it("are each kept once; ID tokens and what needs an approval only once they are asked for", () => {
    const officer = { name: "officer", match: { dnsName: "officer.ailab.com" }, grants: [] };
    const approved = {
      name: "approved",
      match: { dnsName: "x.ailab.com" },
      grants: [{ ...grantOf(batchAccount, 900), approval: { approvers: ["officer"] } }],
    };
    const { targets } = new Policy(policySchema.parse({ clients: [...clients, officer, approved] }));
    const keys = targets.map(({ target }) => targetKey(target));
    expect(new Set(keys).size).toBe(keys.length);
    const lazy = targets.filter(({ isLazy }) => isLazy).map(({ target }) => target);
    expect(lazy).toContainEqual(accessTargetOf(batchAccount, 900));
    expect(lazy.filter(({ kind }) => kind === "id_token")).toHaveLength(3);
    expect(targets.filter(({ isLazy }) => !isLazy)).toHaveLength(3);
  });
});
