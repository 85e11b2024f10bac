import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { z } from "zod";
import { tokenTypes } from "../../../facts/token-exchange";
import { batchAccount, reportAccount } from "../testing/broker-fixture";
import { temporaryFolder } from "../testing/certificates";
import type { FrontBroker } from "../testing/front-broker";
import { unsignedJwt } from "../testing/source-tools";
import {
  answerSchema,
  brokerUrl,
  callee,
  credentials,
  type Form,
  peerAudience,
  setUpTokenEndpoint,
  type TokenEndpointSetUp,
} from "../testing/token-endpoint";

let setUp: TokenEndpointSetUp;
let broker: FrontBroker;
beforeAll(async () => {
  setUp = await setUpTokenEndpoint();
});
afterAll(() => setUp.remove());
beforeEach(async () => {
  broker = await setUp.start();
});
afterEach(() => broker.close());

const ask = (form: Form | string, headers: Record<string, string> = setUp.clients.batchJob) =>
  broker.post("/oauth2/token", headers, typeof form === "string" ? form : new URLSearchParams(form));

describe("POST /oauth2/token, client credentials", () => {
  it("gives a token in the form of RFC 6749", async () => {
    const response = await ask(credentials);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { access_token, ...answer } = answerSchema.parse(await response.json());
    expect(answer).toEqual({
      issued_token_type: tokenTypes.accessToken,
      token_type: "Bearer",
      expires_in: expect.any(Number),
      scope: "https://www.googleapis.com/auth/cloud-platform",
      account: batchAccount,
      quota_project_id: "ailab-data-dev",
    });
    expect(broker.upstreams.hasIssued(access_token)).toBe(true);
  });

  it("gives the same token as GET /get_wif_token", async () => {
    const [one, other] = await Promise.all([ask(credentials), broker.get("/get_wif_token", setUp.clients.batchJob)]);
    const tokens = await Promise.all([one, other].map(async (each) => answerSchema.parse(await each.json())));
    expect(tokens[0]?.access_token).toBe(tokens[1]?.access_token);
  });

  it("gives an ID token for an audience, which cannot be presented as an access token", async () => {
    const idToken = unsignedJwt({ exp: Math.floor(Date.now() / 1000) + 3_600 });
    broker.upstreams.plan("iamCredentials", { status: 200, body: { token: idToken } });
    const response = await ask({ ...credentials, requested_token_type: tokenTypes.idToken, audience: callee });
    expect(await response.json()).toMatchObject({
      access_token: idToken,
      issued_token_type: tokenTypes.idToken,
      token_type: "N_A",
      account: batchAccount,
    });
    expect(broker.audited()).toContainEqual(
      expect.objectContaining({ event: "token_issued", tokenType: "id_token", audience: callee }),
    );
  });

  it("gives a token of the broker's own, bound to the client's certificate, that others can verify", async () => {
    const response = await ask({ ...credentials, requested_token_type: tokenTypes.jwt, audience: peerAudience });
    const { access_token, token_type } = answerSchema.parse(await response.json());
    expect(token_type).toBe("Bearer");
    const metadata = z
      .looseObject({ issuer: z.string(), jwks_uri: z.string() })
      .parse(await (await broker.get("/.well-known/oauth-authorization-server")).json());
    expect(metadata).toMatchObject({
      issuer: brokerUrl,
      token_endpoint: `${brokerUrl}/oauth2/token`,
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ["tls_client_auth"],
      tls_client_certificate_bound_access_tokens: true,
    });
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri.replace(brokerUrl, broker.address)));
    const { payload } = await jwtVerify(access_token, keys, {
      issuer: brokerUrl,
      audience: peerAudience,
      typ: "at+jwt",
      algorithms: ["ES256"],
      requiredClaims: ["jti", "iat", "exp", "client_id"],
    });
    const fingerprint = setUp.clients.batchJob["x-client-cert-sha256-fingerprint"] ?? "";
    expect(payload).toMatchObject({
      sub: "batch job",
      cnf: { "x5t#S256": Buffer.from(fingerprint, "base64").toString("base64url") },
    });
    expect(decodeProtectedHeader(access_token)["kid"]).toMatch(/^[\w-]{43}$/);
  });

  it("answers where the metadata of an issuer with a path says, and at the root", async () => {
    await broker.close();
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
    const url = `${brokerUrl}/tenant`;
    const folder = temporaryFolder();
    broker = await setUp.start({ issuer: { url, signingKeyFiles: [folder.write("key.pem", String(key))] } });
    folder.remove();
    const metadata = z
      .object({ token_endpoint: z.string(), jwks_uri: z.string() })
      .parse(await (await broker.get("/.well-known/oauth-authorization-server/tenant")).json());
    const [token, jwks] = [metadata.token_endpoint, metadata.jwks_uri].map((address) => new URL(address).pathname);
    for (const path of [`${jwks}`, "/oauth2/jwks"]) expect((await broker.get(path)).status).toBe(200);
    for (const path of [`${token}`, "/oauth2/token"]) {
      const { batchJob } = setUp.clients;
      expect((await broker.post(path, batchJob, new URLSearchParams(credentials))).status).toBe(200);
      const tooMuch = new URLSearchParams({ a: "b".repeat(40_000) });
      expect(await (await broker.post(path, batchJob, tooMuch)).json()).toMatchObject({
        error_description: expect.stringContaining("application/x-www-form-urlencoded"),
      });
    }
  });

  it.each<[string, Form | string, number, string, string]>([
    ["no grant type", { client_id: "batch job" }, 400, "invalid_request", "parameter_missing"],
    [
      "another grant type",
      { ...credentials, grant_type: "password" },
      400,
      "unsupported_grant_type",
      "grant_type_unsupported",
    ],
    ["no client id", { grant_type: "client_credentials" }, 400, "invalid_request", "parameter_missing"],
    [
      "another client's id",
      { ...credentials, client_id: "report server" },
      401,
      "invalid_client",
      "client_id_mismatch",
    ],
    [
      "a secret beside the certificate",
      { ...credentials, client_secret: "x" },
      400,
      "invalid_request",
      "authentication_twice",
    ],
    ["an account of another", { ...credentials, account: reportAccount }, 400, "invalid_target", "account_not_granted"],
    [
      "an overlong account, which would fill the audit",
      { ...credentials, account: "a".repeat(255) },
      400,
      "invalid_request",
      "parameter_malformed",
    ],
    ["another scope", { ...credentials, scope: "https://a" }, 400, "invalid_scope", "scope_not_granted"],
    ["a resource", { ...credentials, resource: "https://a" }, 400, "invalid_target", "resource_unsupported"],
    [
      "an audience of an access token",
      { ...credentials, audience: callee },
      400,
      "invalid_target",
      "audience_not_granted",
    ],
    [
      "an ID token for another audience",
      { ...credentials, requested_token_type: tokenTypes.idToken, audience: `${callee}/` },
      400,
      "invalid_target",
      "audience_not_granted",
    ],
    [
      "an ID token for no audience",
      { ...credentials, requested_token_type: tokenTypes.idToken },
      400,
      "invalid_request",
      "parameter_missing",
    ],
    [
      "a token of the broker for another audience",
      { ...credentials, requested_token_type: tokenTypes.jwt, audience: callee },
      400,
      "invalid_target",
      "audience_not_granted",
    ],
    [
      "another token type",
      { ...credentials, requested_token_type: tokenTypes.saml2 },
      400,
      "invalid_request",
      "token_type_unsupported",
    ],
    [
      "a parameter twice",
      "grant_type=client_credentials&client_id=batch+job&client_id=batch+job",
      400,
      "invalid_request",
      "parameter_repeated",
    ],
    ["bytes that are no text", "grant_type=%ff", 400, "invalid_request", "parameter_malformed"],
  ])("refuses %s in the words of the RFCs, and says why in the audit", async (_, form, status, error, reason) => {
    const response = await ask(form, {
      ...setUp.clients.batchJob,
      "content-type": "application/x-www-form-urlencoded",
    });
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text).not.toContain("\n");
    expect(JSON.parse(text)).toEqual({ error, error_description: expect.any(String) });
    expect(broker.audited()).toEqual([expect.objectContaining({ event: "token_refused", reason })]);
    expect(broker.upstreams.requests.entra).toHaveLength(0);
  });

  it("does not write down an account with a token that is of none", async () => {
    const form = {
      ...credentials,
      requested_token_type: tokenTypes.jwt,
      audience: peerAudience,
      account: reportAccount,
    };
    expect((await ask(form)).status).toBe(200);
    const [line] = broker.audited();
    expect(line).toMatchObject({ event: "token_issued", tokenType: "jwt", client: "batch job" });
    expect(line).not.toHaveProperty("account");
  });

  it("passes parameters over that it does not know, as RFC 6749 asks", async () => {
    expect((await ask({ ...credentials, something: "else" })).status).toBe(200);
  });

  it.each([
    ["no certificate", () => ({}), 401, "invalid_client"],
    ["a certificate that no policy names", () => setUp.clients.stranger, 401, "invalid_client"],
    [
      "an Authorization header beside the certificate",
      () => ({ ...setUp.clients.batchJob, authorization: "Basic YTpi" }),
      400,
      "invalid_request",
    ],
  ])("refuses %s", async (_, headers, status, error) => {
    const response = await ask(credentials, headers());
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
  });

  it.each([
    ["JSON", "application/json", '{"grant_type":"client_credentials"}'],
    ["plain text", "text/plain", "grant_type=client_credentials"],
    ["several parts", "multipart/form-data; boundary=x", "--x--"],
    ["more than it may hold", "application/x-www-form-urlencoded", `a=${"b".repeat(40_000)}`],
  ])("refuses a body of %s", async (_, contentType, body) => {
    const response = await ask(body, { ...setUp.clients.batchJob, "content-type": contentType });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
  });

  it("refuses parameters in the address, where they would be logged", async () => {
    const response = await broker.post(
      "/oauth2/token?grant_type=client_credentials",
      setUp.clients.batchJob,
      new URLSearchParams(credentials),
    );
    expect(response.status).toBe(400);
  });

  it.each([
    ["two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"],
    ["a length beside chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"],
    ["chunks in another spelling", "Transfer-Encoding: xchunked\r\n"],
    ["a length that is none", "Content-Length: +5\r\n"],
    ["a folded header", "X-A: b\r\n c: d\r\nContent-Length: 0\r\n"],
    ["a header with a space before its colon", "Content-Length : 5\r\n"],
  ])("refuses a request that could be read in two ways: %s", async (_, headers) => {
    const socket = connect(broker.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      `POST /oauth2/token HTTP/1.1\r\nHost: x\r\n${headers}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    const [chunk] = await once(socket, "data");
    expect(String(chunk)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(String(chunk)).not.toContain('"alive"');
    socket.destroy();
  });
});
