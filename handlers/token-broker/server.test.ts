import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { z } from "zod";
import { googleApiErrors } from "../../facts/token-exchange";
import { batchAccount, batchSpiffeId, reportAccount } from "./testing/broker-fixture";
import { createFrontClients, type FrontBroker, startFrontBroker } from "./testing/front-broker";

let broker: FrontBroker;
let clients: Awaited<ReturnType<typeof createFrontClients>>;
beforeAll(async () => {
  clients = await createFrontClients();
});
beforeEach(async () => {
  broker = await startFrontBroker();
});
afterEach(() => broker.close());

const tokenAnswer = z.strictObject({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.int().positive(),
  expires_at: z.iso.datetime(),
  account: z.string(),
  scope: z.string(),
});

describe("GET /get_wif_token", () => {
  it("gives the client a token with its expiry, never to be stored", async () => {
    const response = await broker.get("/get_wif_token", clients.batchJob);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const body = tokenAnswer.parse(await response.json());
    expect(body).toMatchObject({ token_type: "Bearer", account: batchAccount });
    expect(broker.upstreams.hasIssued(body.access_token)).toBe(true);
    expect(Math.abs(Date.parse(body.expires_at) - Date.now() - body.expires_in * 1000)).toBeLessThan(2_000);
  });

  it.each(["text/plain", "Text/Plain; charset=utf-8"])("gives the bare token to who asks for %s", async (accept) => {
    const response = await broker.get("/get_wif_token", { ...clients.batchJob, accept });
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(broker.upstreams.hasIssued(await response.text())).toBe(true);
  });

  it("gives the account that is asked for", async () => {
    const response = await broker.get(
      `/get_wif_token?account=${encodeURIComponent(reportAccount)}`,
      clients.reportServer,
    );
    expect(await response.json()).toMatchObject({ account: reportAccount });
    expect(broker.upstreams.requests.iamCredentials[0]?.path).toContain(reportAccount);
    expect(broker.upstreams.requests.iamCredentials[0]?.body).toContain('"600s"');
  });

  it("exchanges once for many clients at a time", async () => {
    const responses = await Promise.all(
      Array.from({ length: 200 }, () => broker.get("/get_wif_token", clients.batchJob)),
    );
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    const tokens = await Promise.all(responses.map(async (response) => JSON.stringify(await response.json())));
    expect(new Set(tokens.map((text) => /"access_token":"([^"]+)"/.exec(text)?.[1])).size).toBe(1);
    expect(broker.upstreams.requests.entra).toHaveLength(1);
    expect(broker.upstreams.requests.iamCredentials).toHaveLength(1);
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
      () => ({ ...clients.batchJob, "x-client-cert-chain-verified": "false" }),
      "",
      401,
      "invalid_client",
      "certificate_chain_not_verified",
    ],
    [
      "an IAP assertion",
      () => ({ ...clients.batchJob, "x-goog-iap-jwt-assertion": "eyJhbGciOiJFUzI1NiJ9.e30.AAAA" }),
      "",
      403,
      "access_denied",
      "iap_assertion_present",
    ],
    ["a certificate that no policy names", () => clients.stranger, "", 403, "access_denied", "client_not_listed"],
    [
      "an account of another client",
      () => clients.batchJob,
      `?account=${reportAccount}`,
      403,
      "access_denied",
      "account_not_granted",
    ],
    ["no account where there are several", () => clients.reportServer, "", 400, "invalid_request", "account_required"],
    [
      "an account twice",
      () => clients.batchJob,
      `?account=${batchAccount}&account=${batchAccount}`,
      400,
      "invalid_request",
      "request_malformed",
    ],
    [
      "a misspelt parameter",
      () => clients.batchJob,
      `?acount=${batchAccount}`,
      400,
      "invalid_request",
      "request_malformed",
    ],
    [
      "an overlong account",
      () => clients.batchJob,
      `?account=${"a".repeat(300)}`,
      400,
      "invalid_request",
      "request_malformed",
    ],
  ])("refuses %s in one line, and says why in the audit", async (_, headers, query, status, error, reason) => {
    const response = await broker.get(`/get_wif_token${query}`, headers());
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text).not.toContain("\n");
    expect(JSON.parse(text)).toEqual({ error, error_description: expect.any(String) });
    expect(broker.audited()).toEqual([
      expect.objectContaining({ event: "token_refused", severity: "WARNING", reason }),
    ]);
    expect(broker.upstreams.requests.entra).toHaveLength(0);
  });

  it("refuses headers that stand twice, as a client in front of the front would add them", async () => {
    const request = httpRequest({ port: broker.port, host: "127.0.0.1", path: "/get_wif_token" });
    for (const [name, value] of Object.entries(clients.batchJob)) request.setHeader(name, value);
    request.setHeader("x-client-cert-present", ["true", "true"]);
    request.end();
    const [response] = await once(request, "response");
    response.resume();
    expect(response.statusCode).toBe(403);
    expect(broker.audited()).toEqual([expect.objectContaining({ reason: "front_headers_duplicated" })]);
  });

  it("passes Google's own words on when Google refuses the broker", async () => {
    const { status, message, httpStatus } = googleApiErrors.permissionDenied("iam.serviceAccounts.getAccessToken");
    broker.upstreams.plan("iamCredentials", {
      status: httpStatus,
      body: { error: { code: httpStatus, status, message } },
    });
    const response = await broker.get("/get_wif_token", clients.batchJob);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.json()).toEqual({
      error: "temporarily_unavailable",
      error_description: `the broker itself was refused: iam-credentials: PERMISSION_DENIED: ${message}`,
    });
    expect(broker.records()).toContainEqual(
      expect.objectContaining({ event: "token_refresh_failed", severity: "ERROR", reason: "upstream_refused" }),
    );
  });

  it("answers an outage with Retry-After, and tells its addresses to the log only", async () => {
    broker.upstreams.setDown(true);
    const response = await broker.get("/get_wif_token", clients.batchJob);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.json()).toEqual({
      error: "temporarily_unavailable",
      error_description: "no token at the moment",
    });
    expect(broker.audited()).toEqual([
      expect.objectContaining({ reason: "upstream_unavailable", detail: expect.stringContaining("entra: network") }),
    ]);
  });

  it("keeps serving the last good token when the upstreams go down", async () => {
    const first = tokenAnswer.parse(await (await broker.get("/get_wif_token", clients.batchJob)).json());
    broker.upstreams.setDown(true);
    const second = await broker.get("/get_wif_token", clients.batchJob);
    expect(second.status).toBe(200);
    expect(await second.json()).toMatchObject({ access_token: first.access_token });
  });

  it("writes for each token who got it and its hash", async () => {
    const body = tokenAnswer.parse(await (await broker.get("/get_wif_token", clients.batchJob)).json());
    expect(broker.audited()).toEqual([
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
    await broker.get("/get_wif_token", clients.batchJob);
    await broker.get("/get_wif_token", { ...clients.batchJob, authorization: "Bearer ya29.secret-of-the-client" });
    broker.upstreams.plan("entra", { status: 500, body: "no" });
    await broker.get(`/get_wif_token?account=${reportAccount}`, clients.reportServer);
    const log = broker.log();
    const secrets = broker.upstreams.secrets();
    expect(secrets.length).toBeGreaterThanOrEqual(5);
    for (const secret of [...secrets, "ya29.secret", broker.keyPem.split("\n")[1] ?? "no key"])
      expect(log).not.toContain(secret);
    expect(log).toContain("token_issued");
  });
});
