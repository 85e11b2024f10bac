import { tokenExchangeErrors } from "../../../facts/token-exchange";
import { systemClock } from "../clock";
import { entraClientAssertionSource } from "../sources/entra-client-assertion";
import { readEntraCredential } from "../sources/entra-credential";
import {
  accessTargetOf,
  audience,
  batchAccount,
  clientId,
  reportAccount,
  scope,
  tenantId,
} from "../testing/broker-fixture";
import { createEntraCertificate, type KeyPairWithCertificate, temporaryFolder } from "../testing/certificates";
import { type FakeRequest, type FakeUpstreams, startFakeUpstreams } from "../testing/fake-upstreams";
import { unsignedJwt } from "../testing/source-tools";
import { VirtualClock } from "../testing/virtual-clock";
import { sendOverNetwork } from "../upstream/upstream-request";
import { type IssueToken, tokenChain } from "./issue-token";

const folder = temporaryFolder();
const target = accessTargetOf(batchAccount);
const signal = new AbortController().signal;
let pair: KeyPairWithCertificate;
let upstreams: FakeUpstreams;
let newChain: () => IssueToken;
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
  const credential = readEntraCredential(files, new Date());
  const source = entraClientAssertionSource(application, () => credential, {
    origin,
    send: sendOverNetwork,
    now: () => new Date(),
  });
  const endpoints = { securityTokenService: origin, iamCredentials: origin };
  newChain = () =>
    tokenChain(source, audience, { send: sendOverNetwork, endpoints, clock: systemClock, random: () => 0 });
  issue = newChain();
});
afterEach(() => upstreams.close());
afterAll(() => folder.remove());

const calls = () => [
  upstreams.requests.entra.length,
  upstreams.requests.securityTokenService.length,
  upstreams.requests.iamCredentials.length,
];
const busy = { status: 503, body: "busy" };
const sts = {
  issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
  token_type: "Bearer",
  expires_in: 3599,
};

describe("tokenChain", () => {
  it("goes from the assertion to a token of the account, each step once", async () => {
    const { token, lifetimeSeconds } = await issue(target, signal);
    expect(upstreams.hasIssued(token)).toBe(true);
    expect(lifetimeSeconds).toBeGreaterThan(3_590);
    expect(lifetimeSeconds).toBeLessThanOrEqual(3_600);
    expect(calls()).toEqual([1, 1, 1]);
  });

  it("repeats only the step that failed, with a new assertion where it was Entra's", async () => {
    upstreams.plan("entra", busy);
    upstreams.plan("securityTokenService", busy, busy);
    upstreams.plan("iamCredentials", busy);
    await issue(target, signal);
    expect(calls()).toEqual([2, 3, 2]);
    const [first, second] = upstreams.requests.entra.map(({ body }) =>
      new URLSearchParams(body).get("client_assertion"),
    );
    expect(first).not.toBe(second);
  });

  it("asks again when Google could not reach the issuer", async () => {
    const { error, errorDescription } = tokenExchangeErrors.issuerUnreachable();
    upstreams.plan("securityTokenService", { status: 400, body: { error, error_description: errorDescription } });
    await issue(target, signal);
    expect(calls()).toEqual([1, 2, 1]);
  });

  it("shares one federated token among accounts, also when they come at the same time", async () => {
    await Promise.all([issue(target, signal), issue(accessTargetOf(reportAccount), signal)]);
    await issue(accessTargetOf(batchAccount, 600), signal);
    expect(calls()).toEqual([1, 1, 3]);
  });

  it("obtains an ID token of an account for an audience, with the account's e-mail", async () => {
    const idToken = unsignedJwt({ exp: Math.floor(Date.now() / 1000) + 3_000 });
    upstreams.plan("iamCredentials", { status: 200, body: { token: idToken } });
    const issued = await issue({ kind: "id_token", account: batchAccount, audience: "https://a.example" }, signal);
    expect(issued.token).toBe(idToken);
    expect(issued.lifetimeSeconds).toBeGreaterThan(2_990);
    const [request] = upstreams.requests.iamCredentials;
    expect(request?.path).toBe(`/v1/projects/-/serviceAccounts/${batchAccount}:generateIdToken`);
    expect(JSON.parse(request?.body ?? "")).toEqual({ audience: "https://a.example", includeEmail: true });
  });

  it("gets a new federated token when Google no longer takes the one it has", async () => {
    await issue(target, signal);
    upstreams.plan("iamCredentials", {
      status: 401,
      body: { error: { code: 401, status: "UNAUTHENTICATED", message: "Request had invalid credentials." } },
    });
    await issue(target, signal);
    expect(calls()).toEqual([2, 2, 3]);
  });

  it("stops at the first refusal", async () => {
    const { error, errorDescription } = tokenExchangeErrors.conditionRejected();
    upstreams.plan("securityTokenService", { status: 400, body: { error, error_description: errorDescription } });
    await expect(issue(target, signal)).rejects.toMatchObject({
      upstream: "security-token-service",
      code: "unauthorized_client",
      description: "The given credential is rejected by the attribute condition.",
    });
    expect(calls()).toEqual([1, 1, 0]);
  });

  it.each(["securityTokenService", "iamCredentials"] as const)(
    "repeats no token that %s sends back, whatever its form",
    async (service) => {
      upstreams.plan(service, {
        status: 400,
        body: (request: FakeRequest) => {
          const echo = `bad ${new URLSearchParams(request.body).get("subject_token") ?? request.headers.authorization}.`;
          return service === "iamCredentials"
            ? { error: { code: 400, status: "INVALID_ARGUMENT", message: echo } }
            : { error: "invalid_request", error_description: echo };
        },
      });
      const error: unknown = await issue(target, signal).catch((reason: unknown) => reason);
      expect(String(error)).toMatch(/: bad (Bearer )?\[redacted\]\.$/);
    },
  );

  it("counts a token's life from the sending of the request, and a sleep in between to it", async () => {
    const slow = new VirtualClock();
    slow.jump(Date.now() - slow.now().wall - 3_600_000);
    const { origin } = upstreams;
    const chain = tokenChain({ fetch: async () => ({ token: "x", type: "y", expiresAt: undefined }) }, audience, {
      send: async (request, aborted) => {
        if (request.upstream === "security-token-service") {
          return { status: 200, body: JSON.stringify({ ...sts, access_token: upstreams.issue() }) };
        }
        const response = await sendOverNetwork(request, aborted);
        slow.jump(600_000);
        return response;
      },
      endpoints: { securityTokenService: origin, iamCredentials: origin },
      clock: slow,
      random: () => 0,
    });
    expect(await chain(target, signal)).toMatchObject({ lifetimeSeconds: 3_000 });
  });

  it("names no token in an error, even when an upstream sends one back", async () => {
    await issue(target, signal);
    const secrets = upstreams.secrets();
    const assertion = secrets.find((secret) => secret.startsWith("eyJ")) ?? "none";
    upstreams.plan("entra", {
      status: 401,
      body: { error: "invalid_client", error_description: `AADSTS1: bad ${assertion}` },
    });
    const error: unknown = await newChain()(target, signal).catch((reason: unknown) => reason);
    const text = `${String(error)} ${JSON.stringify(error)}`;
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text).toContain("AADSTS1");
  });
});
