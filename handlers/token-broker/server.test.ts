import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { z } from "zod";
import { googleApiErrors } from "../../facts/token-exchange";
import { createLogger } from "../runtime";
import { systemClock } from "./keeper/clock";
import {
  audience,
  batchAccount,
  batchSpiffeId,
  clientId,
  frontHeadersFor,
  policy,
  reportAccount,
  scope,
  tenantId,
} from "./testing/broker-fixture";
import {
  createAuthority,
  createEntraCertificate,
  issueLeaf,
  type KeyPairWithCertificate,
  temporaryFolder,
} from "./testing/certificates";
import { type FakeUpstreams, startFakeUpstreams } from "./testing/fake-upstreams";
import { createTokenBroker, type TokenBroker } from "./token-broker";
import { sendOverNetwork } from "./upstream/upstream-request";

const folder = temporaryFolder();
let upstreams: FakeUpstreams;
let broker: TokenBroker;
let port: number;
let lines: string[];
let batchJob: Record<string, string>;
let reportServer: Record<string, string>;
let stranger: Record<string, string>;
let entra: KeyPairWithCertificate;

const headersOf = (leaf: KeyPairWithCertificate) =>
  frontHeadersFor(leaf, createHash("sha256").update(leaf.der).digest("base64"));

beforeAll(async () => {
  entra = await createEntraCertificate();
  const authority = await createAuthority("Machines");
  const named = async (type: "url" | "dns", value: string) =>
    headersOf(await issueLeaf(authority, { names: [{ type, value }] }));
  batchJob = await named("url", batchSpiffeId);
  reportServer = await named("dns", "reports.ailab.com");
  stranger = await named("url", "spiffe://ailab.com/dev/stranger");
});
afterAll(() => folder.remove());

beforeEach(async () => {
  upstreams = await startFakeUpstreams({ tenantId, clientId, scope, audience, certificatePem: entra.certificatePem });
  lines = [];
  const { origin } = upstreams;
  broker = createTokenBroker(
    {
      listener: { kind: "front" },
      source: {
        kind: "entra-client-assertion",
        tenantId,
        clientId,
        scope,
        certificateFile: folder.write("certificate.pem", entra.certificatePem),
        keyFile: folder.write("key.pem", entra.keyPem),
      },
      exchange: { audience },
      policy,
    },
    {
      endpoints: { entra: origin, securityTokenService: origin, iamCredentials: origin, iapJwks: `${origin}/jwks` },
      logger: createLogger("token-broker", { write: (line) => lines.push(line) }),
      clock: systemClock,
      send: sendOverNetwork,
      random: () => 0,
    },
  );
  port = Number(new URL(await broker.server.listen({ port: 0, host: "127.0.0.1" })).port);
});
afterEach(async () => {
  broker.keeper.stop();
  await broker.server.close();
  await upstreams.close();
});

const tokenAnswer = z.strictObject({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.int().positive(),
  expires_at: z.iso.datetime(),
  account: z.string(),
});
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers });
const records = () => lines.map((line): Record<string, unknown> => JSON.parse(line));
const audited = () => records().filter(({ event }) => event === "token_issued" || event === "token_refused");

describe("GET /get_wif_token", () => {
  it("gives the client a token with its expiry, never to be stored", async () => {
    const response = await get("/get_wif_token", batchJob);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const body = tokenAnswer.parse(await response.json());
    expect(body).toMatchObject({ token_type: "Bearer", account: batchAccount });
    expect(upstreams.hasIssued(body.access_token)).toBe(true);
    expect(Math.abs(Date.parse(body.expires_at) - Date.now() - body.expires_in * 1000)).toBeLessThan(2_000);
  });

  it("gives the bare token to who asks for plain text", async () => {
    const response = await get("/get_wif_token", { ...batchJob, accept: "text/plain" });
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(upstreams.hasIssued(await response.text())).toBe(true);
  });

  it("gives the account that is asked for", async () => {
    const response = await get(`/get_wif_token?account=${encodeURIComponent(reportAccount)}`, reportServer);
    expect(await response.json()).toMatchObject({ account: reportAccount });
    expect(upstreams.requests.iamCredentials[0]?.path).toContain(reportAccount);
    expect(upstreams.requests.iamCredentials[0]?.body).toContain('"600s"');
  });

  it("exchanges once for many clients at a time", async () => {
    const responses = await Promise.all(Array.from({ length: 200 }, () => get("/get_wif_token", batchJob)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    const tokens = await Promise.all(responses.map(async (response) => JSON.stringify(await response.json())));
    expect(new Set(tokens.map((text) => /"access_token":"([^"]+)"/.exec(text)?.[1])).size).toBe(1);
    expect(upstreams.requests.entra).toHaveLength(1);
    expect(upstreams.requests.iamCredentials).toHaveLength(1);
  });

  it.each<[string, () => Record<string, string>, string, number, string, string]>([
    ["no certificate", () => ({}), "", 401, "invalid_client", "certificate_missing"],
    [
      "forged headers that only claim a name",
      () => ({
        "x-client-cert-present": "true",
        "x-client-cert-chain-verified": "true",
        "x-client-cert-spiffe-id": batchSpiffeId,
      }),
      "",
      401,
      "invalid_client",
      "front_headers_malformed",
    ],
    [
      "a chain that was not verified",
      () => ({ ...batchJob, "x-client-cert-chain-verified": "false" }),
      "",
      401,
      "invalid_client",
      "certificate_chain_not_verified",
    ],
    [
      "an IAP assertion",
      () => ({ ...batchJob, "x-goog-iap-jwt-assertion": "eyJhbGciOiJFUzI1NiJ9.e30.AAAA" }),
      "",
      403,
      "access_denied",
      "iap_assertion_present",
    ],
    ["a certificate that no policy names", () => stranger, "", 403, "access_denied", "client_not_listed"],
    [
      "an account of another client",
      () => batchJob,
      `?account=${reportAccount}`,
      403,
      "access_denied",
      "account_not_granted",
    ],
    ["no account where there are several", () => reportServer, "", 400, "invalid_request", "account_required"],
    [
      "an account twice",
      () => batchJob,
      `?account=${batchAccount}&account=${batchAccount}`,
      400,
      "invalid_request",
      "request_malformed",
    ],
    ["a misspelt parameter", () => batchJob, `?acount=${batchAccount}`, 400, "invalid_request", "request_malformed"],
    ["an overlong account", () => batchJob, `?account=${"a".repeat(300)}`, 400, "invalid_request", "request_malformed"],
  ])("refuses %s in one line, and says why in the audit", async (_, headers, query, status, error, reason) => {
    const response = await get(`/get_wif_token${query}`, headers());
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text).not.toContain("\n");
    expect(JSON.parse(text)).toEqual({ error, error_description: expect.any(String) });
    expect(audited()).toEqual([expect.objectContaining({ event: "token_refused", severity: "WARNING", reason })]);
    expect(upstreams.requests.entra).toHaveLength(0);
  });

  it("refuses headers that stand twice, as a client in front of the front would add them", async () => {
    const request = httpRequest({ port, host: "127.0.0.1", path: "/get_wif_token" });
    for (const [name, value] of Object.entries(batchJob)) request.setHeader(name, value);
    request.setHeader("x-client-cert-present", ["true", "true"]);
    request.end();
    const [response] = await once(request, "response");
    response.resume();
    expect(response.statusCode).toBe(403);
    expect(audited()).toEqual([expect.objectContaining({ reason: "front_headers_duplicated" })]);
  });

  it("passes Google's own words on when Google refuses the broker", async () => {
    const { status, message, httpStatus } = googleApiErrors.permissionDenied("iam.serviceAccounts.getAccessToken");
    upstreams.plan("iamCredentials", { status: httpStatus, body: { error: { code: httpStatus, status, message } } });
    const response = await get("/get_wif_token", batchJob);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.json()).toEqual({
      error: "temporarily_unavailable",
      error_description: `the broker itself was refused: iam-credentials: PERMISSION_DENIED: ${message}`,
    });
    expect(records()).toContainEqual(
      expect.objectContaining({ event: "token_refresh_failed", severity: "ERROR", reason: "upstream_refused" }),
    );
  });

  it("answers an outage with Retry-After, and tells its addresses to the log only", async () => {
    upstreams.setDown(true);
    const response = await get("/get_wif_token", batchJob);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.json()).toEqual({
      error: "temporarily_unavailable",
      error_description: "no token at the moment",
    });
    expect(audited()).toEqual([
      expect.objectContaining({ reason: "upstream_unavailable", detail: expect.stringContaining("entra: network") }),
    ]);
  });

  it("keeps serving the last good token when the upstreams go down", async () => {
    const first = tokenAnswer.parse(await (await get("/get_wif_token", batchJob)).json());
    upstreams.setDown(true);
    const second = await get("/get_wif_token", batchJob);
    expect(second.status).toBe(200);
    expect(await second.json()).toMatchObject({ access_token: first.access_token });
  });

  it("writes for each token who got it and its hash", async () => {
    const body = tokenAnswer.parse(await (await get("/get_wif_token", batchJob)).json());
    expect(audited()).toEqual([
      expect.objectContaining({
        event: "token_issued",
        severity: "INFO",
        client: "batch job",
        account: batchAccount,
        tokenSha256: createHash("sha256").update(body.access_token).digest("hex"),
        expiresAt: expect.stringMatching(/Z$/),
        certificate: expect.objectContaining({ spiffeId: batchSpiffeId, subject: "CN=client", issuer: "CN=Machines" }),
      }),
    ]);
  });

  it("never logs a token, an assertion or the key", async () => {
    broker.keeper.start();
    await get("/get_wif_token", batchJob);
    await get("/get_wif_token", { ...batchJob, authorization: "Bearer ya29.secret-of-the-client" });
    upstreams.plan("entra", { status: 500, body: "no" });
    await get(`/get_wif_token?account=${reportAccount}`, reportServer);
    const log = lines.join("");
    const secrets = upstreams.secrets();
    expect(secrets.length).toBeGreaterThan(5);
    for (const secret of [...secrets, "ya29.secret", entra.keyPem.split("\n")[1] ?? "no key"])
      expect(log).not.toContain(secret);
    expect(log).toContain("token_issued");
  });
});

describe("the rest of the surface", () => {
  it("is alive without a certificate or a token", async () => {
    expect((await get("/healthz")).status).toBe(200);
  });

  it("is ready once it has a token", async () => {
    expect((await get("/readyz")).status).toBe(503);
    await get("/get_wif_token", batchJob);
    expect((await get("/readyz")).status).toBe(200);
  });

  it.each(["/", "/get_wif_token/", "/GET_WIF_TOKEN", "/%2e%2e/etc/passwd", "/healthz/x"])(
    "does not know %s",
    async (path) => {
      const response = await get(path, batchJob);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: "not_found" });
    },
  );

  it.each(["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])("does not take %s", async (method) => {
    const response = await fetch(`http://127.0.0.1:${port}/get_wif_token`, { method, headers: batchJob });
    expect(response.status).toBe(404);
    expect(upstreams.requests.entra).toHaveLength(0);
  });

  it.each([
    ["a path that cannot be decoded", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["a body", "GET /get_wif_token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 401],
    ["what is no HTTP", "\x16\x03\x01\x00\xa5\x01\r\n\r\n", 400],
    ["two lengths", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", 400],
    [
      "headers beyond the limit",
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Client-Cert-Leaf: ${"A".repeat(50_000)}\r\n\r\n`,
      431,
    ],
  ])("answers %s with a client error", async (_, text, status) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(text);
    const [chunk] = await once(socket, "data");
    expect(String(chunk)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    socket.destroy();
  });

  it("refuses a body even from a client that may have the token", async () => {
    const request = httpRequest({
      port,
      host: "127.0.0.1",
      path: "/get_wif_token",
      headers: { ...batchJob, "content-length": "2" },
    });
    request.end("{}");
    const [response] = await once(request, "response");
    response.resume();
    expect(response.statusCode).toBe(400);
    expect(audited()).toEqual([
      expect.objectContaining({ reason: "request_malformed", certificate: expect.anything() }),
    ]);
  });

  it("takes a leaf certificate of the largest size that the front forwards", async () => {
    const response = await get("/get_wif_token", { ...batchJob, "x-client-cert-leaf": `:${"A".repeat(21_848)}:` });
    expect(response.status).toBe(401);
  });
});
