import { tokenExchangeErrors } from "../../../facts/token-exchange";
import { systemClock } from "../clock";
import { entraClientAssertionSource } from "../sources/entra-client-assertion";
import { readEntraCredential } from "../sources/entra-credential";
import { audience, batchAccount, clientId, grantOf, scope, tenantId } from "../testing/broker-fixture";
import { createEntraCertificate, type KeyPairWithCertificate, temporaryFolder } from "../testing/certificates";
import { type FakeUpstreams, startFakeUpstreams } from "../testing/fake-upstreams";
import { sendOverNetwork } from "../upstream/upstream-request";
import { type IssueToken, tokenChain } from "./issue-token";

const folder = temporaryFolder();
const grant = grantOf(batchAccount);
const signal = new AbortController().signal;
let pair: KeyPairWithCertificate;
let upstreams: FakeUpstreams;
let issue: IssueToken;

beforeAll(async () => {
  pair = await createEntraCertificate();
});
beforeEach(async () => {
  const application = { tenantId, clientId, scope };
  upstreams = await startFakeUpstreams({ ...application, audience, certificatePem: pair.certificatePem });
  const files = {
    certificateFile: folder.write("certificate.pem", pair.certificatePem),
    keyFile: folder.write("key.pem", pair.keyPem),
  };
  const { origin } = upstreams;
  const source = entraClientAssertionSource(application, readEntraCredential(files, new Date()), {
    origin,
    send: sendOverNetwork,
    now: () => new Date(),
  });
  const endpoints = { securityTokenService: origin, iamCredentials: origin };
  issue = tokenChain(source, audience, { send: sendOverNetwork, endpoints, clock: systemClock, random: () => 0 });
});
afterEach(() => upstreams.close());
afterAll(() => folder.remove());

const calls = () => [
  upstreams.requests.entra.length,
  upstreams.requests.securityTokenService.length,
  upstreams.requests.iamCredentials.length,
];
const busy = { status: 503, body: "busy" };

describe("tokenChain", () => {
  it("goes from the assertion to a token of the account, each step once", async () => {
    const { accessToken, lifetimeSeconds } = await issue(grant, signal);
    expect(upstreams.hasIssued(accessToken)).toBe(true);
    expect(lifetimeSeconds).toBeGreaterThan(3_590);
    expect(lifetimeSeconds).toBeLessThanOrEqual(3_600);
    expect(calls()).toEqual([1, 1, 1]);
  });

  it("repeats only the step that failed, with a new assertion where it was Entra's", async () => {
    upstreams.plan("entra", busy);
    upstreams.plan("securityTokenService", busy, busy);
    upstreams.plan("iamCredentials", busy);
    await issue(grant, signal);
    expect(calls()).toEqual([2, 3, 2]);
    const [first, second] = upstreams.requests.entra.map(({ body }) =>
      new URLSearchParams(body).get("client_assertion"),
    );
    expect(first).not.toBe(second);
  });

  it("asks again when Google could not reach the issuer", async () => {
    const { error, errorDescription } = tokenExchangeErrors.issuerUnreachable();
    upstreams.plan("securityTokenService", { status: 400, body: { error, error_description: errorDescription } });
    await issue(grant, signal);
    expect(calls()).toEqual([1, 2, 1]);
  });

  it("stops at the first refusal", async () => {
    const { error, errorDescription } = tokenExchangeErrors.conditionRejected();
    upstreams.plan("securityTokenService", { status: 400, body: { error, error_description: errorDescription } });
    await expect(issue(grant, signal)).rejects.toMatchObject({
      upstream: "security-token-service",
      code: "unauthorized_client",
      description: "The given credential is rejected by the attribute condition.",
    });
    expect(calls()).toEqual([1, 1, 0]);
  });

  it("names no token in an error, even when an upstream sends one back", async () => {
    await issue(grant, signal);
    const secrets = upstreams.secrets();
    const assertion = secrets.find((secret) => secret.startsWith("eyJ")) ?? "none";
    upstreams.plan("entra", {
      status: 401,
      body: { error: "invalid_client", error_description: `AADSTS1: bad ${assertion}` },
    });
    const error: unknown = await issue(grant, signal).catch((reason: unknown) => reason);
    const text = `${String(error)} ${JSON.stringify(error)}`;
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text).toContain("AADSTS1");
  });
});
