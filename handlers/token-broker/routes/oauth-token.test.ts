import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { z } from "zod";
import { tokenExchangeGrantType, tokenTypes } from "../../../facts/token-exchange";
import { batchAccount, batchSpiffeId, grantOf, policy, reportAccount } from "../testing/broker-fixture";
import { temporaryFolder } from "../testing/certificates";
import { createFrontClients, type FrontBroker, startFrontBroker } from "../testing/front-broker";
import { unsignedJwt } from "../testing/source-tools";
import { createTokenIssuer, type TokenIssuer } from "../testing/token-issuer";

const issuerUrl = "https://broker.ailab.com";
const peerAudience = "https://peer.ailab.com";
const callee = "https://reports.ailab.com";
const folder = temporaryFolder();

let broker: FrontBroker;
let clients: Awaited<ReturnType<typeof createFrontClients>>;
let issuer: TokenIssuer;
beforeAll(async () => {
  clients = await createFrontClients();
  issuer = await createTokenIssuer("https://issuer.ailab.com", issuerUrl);
});
afterAll(() => folder.remove());
beforeEach(async () => {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  const [batchJob, reportServer] = policy.clients;
  broker = await startFrontBroker({
    issuer: { url: issuerUrl, signingKeyFiles: [folder.write("signing.pem", String(key))] },
    tokenIssuers: [
      {
        issuer: issuer.issuer,
        audience: issuerUrl,
        jwksFile: folder.write("jwks.json", JSON.stringify(issuer.jwks)),
      },
    ],
    policy: {
      clients: [
        {
          ...batchJob,
          grants: [{ ...grantOf(batchAccount), idTokenAudiences: [callee], quotaProject: "ailab-data-dev" }],
          brokerToken: { audiences: [peerAudience], certificateBound: true },
          grantTypes: ["client_credentials", tokenExchangeGrantType],
        },
        reportServer,
        {
          name: "pipeline",
          match: { jwt: { issuer: issuer.issuer, subject: "pipeline" } },
          grants: [grantOf(reportAccount, 900)],
          brokerToken: { audiences: [peerAudience] },
        },
      ],
    },
  });
});
afterEach(() => broker.close());

type Form = Readonly<Record<string, string>>;
const credentials: Form = { grant_type: "client_credentials", client_id: "batch job" };
const ask = (form: Form | string, headers = clients.batchJob) =>
  broker.post("/oauth2/token", headers, typeof form === "string" ? form : new URLSearchParams(form));

const answerSchema = z.looseObject({ access_token: z.string(), expires_in: z.int().positive() });

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
    const [one, other] = await Promise.all([ask(credentials), broker.get("/get_wif_token", clients.batchJob)]);
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
      issuer: issuerUrl,
      token_endpoint: `${issuerUrl}/oauth2/token`,
      response_types_supported: [],
      token_endpoint_auth_methods_supported: ["tls_client_auth"],
      tls_client_certificate_bound_access_tokens: true,
    });
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri.replace(issuerUrl, broker.address)));
    const { payload } = await jwtVerify(access_token, keys, {
      issuer: issuerUrl,
      audience: peerAudience,
      typ: "at+jwt",
      algorithms: ["ES256"],
      requiredClaims: ["jti", "iat", "exp", "client_id"],
    });
    const fingerprint = clients.batchJob["x-client-cert-sha256-fingerprint"] ?? "";
    expect(payload).toMatchObject({
      sub: "batch job",
      cnf: { "x5t#S256": Buffer.from(fingerprint, "base64").toString("base64url") },
    });
    expect(decodeProtectedHeader(access_token)["kid"]).toMatch(/^[\w-]{43}$/);
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
    const response = await ask(form, { ...clients.batchJob, "content-type": "application/x-www-form-urlencoded" });
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text).not.toContain("\n");
    expect(JSON.parse(text)).toEqual({ error, error_description: expect.any(String) });
    expect(broker.audited()).toEqual([expect.objectContaining({ event: "token_refused", reason })]);
    expect(broker.upstreams.requests.entra).toHaveLength(0);
  });

  it("passes parameters over that it does not know, as RFC 6749 asks", async () => {
    expect((await ask({ ...credentials, something: "else" })).status).toBe(200);
  });

  it.each([
    ["no certificate", () => ({}), 401, "invalid_client"],
    ["a certificate that no policy names", () => clients.stranger, 401, "invalid_client"],
    [
      "an Authorization header beside the certificate",
      () => ({ ...clients.batchJob, authorization: "Basic YTpi" }),
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
    const response = await ask(body, { ...clients.batchJob, "content-type": contentType });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
  });

  it("refuses parameters in the address, where they would be logged", async () => {
    const response = await broker.post(
      "/oauth2/token?grant_type=client_credentials",
      clients.batchJob,
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

describe("POST /oauth2/token, token exchange", () => {
  const exchange = async (changes: Form = {}) => ({
    grant_type: tokenExchangeGrantType,
    client_id: "batch job",
    subject_token: await issuer.sign("pipeline"),
    subject_token_type: tokenTypes.jwt,
    ...changes,
  });

  it("gives the subject's token to a client that may exchange, and writes both down", async () => {
    const response = await ask(await exchange());
    expect(await response.json()).toMatchObject({ issued_token_type: tokenTypes.accessToken, account: reportAccount });
    expect(broker.upstreams.requests.iamCredentials[0]?.body).toContain('"900s"');
    expect(broker.audited()).toEqual([
      expect.objectContaining({ client: "batch job", subject: "pipeline", account: reportAccount }),
    ]);
    expect(broker.log()).not.toContain("eyJ");
  });

  it("names in a token of its own who acts for whom", async () => {
    const response = await ask(await exchange({ requested_token_type: tokenTypes.jwt, audience: peerAudience }));
    const { access_token } = answerSchema.parse(await response.json());
    const [, payload = ""] = access_token.split(".");
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({
      sub: "pipeline",
      client_id: "batch job",
      act: { sub: "batch job" },
    });
  });

  it.each<[string, () => Promise<Form>, Record<string, string> | undefined, number, string, string]>([
    ["no subject token", () => exchange({ subject_token: "" }), undefined, 400, "invalid_request", "parameter_missing"],
    [
      "no type of it",
      () => exchange({ subject_token_type: "" }),
      undefined,
      400,
      "invalid_request",
      "parameter_missing",
    ],
    [
      "another type",
      () => exchange({ subject_token_type: tokenTypes.accessToken }),
      undefined,
      400,
      "invalid_request",
      "subject_token_type_unsupported",
    ],
    [
      "an actor token",
      () => exchange({ actor_token: "x" }),
      undefined,
      400,
      "invalid_request",
      "actor_token_unsupported",
    ],
    [
      "a subject token of a stranger",
      async () => exchange({ subject_token: await issuer.sign("stranger") }),
      undefined,
      400,
      "invalid_request",
      "subject_token_refused",
    ],
    [
      "an expired subject token",
      async () => exchange({ subject_token: await issuer.sign("pipeline", { now: 0 }) }),
      undefined,
      400,
      "invalid_request",
      "subject_token_refused",
    ],
    [
      "an account that is the client's and not the subject's",
      () => exchange({ account: batchAccount }),
      undefined,
      400,
      "invalid_target",
      "account_not_granted",
    ],
    [
      "a client that may not exchange",
      () => exchange({ client_id: "report server" }),
      { report: "server" },
      400,
      "unauthorized_client",
      "grant_type_not_granted",
    ],
  ])("refuses %s", async (_, form, other, status, error, reason) => {
    const response = await ask(await form(), other === undefined ? clients.batchJob : clients.reportServer);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
    expect(broker.audited()).toEqual([expect.objectContaining({ reason })]);
  });

  it("does not take a JWT for a certificate where that is not allowed", async () => {
    const authorization = `Bearer ${await issuer.sign("pipeline")}`;
    expect((await broker.get("/get_wif_token", { authorization })).status).toBe(401);
  });
});

describe("a broker that takes JWTs in place of certificates", () => {
  const withBearer = (changes: Readonly<Record<string, unknown>> = {}) =>
    startFrontBroker({
      acceptBearer: true,
      tokenIssuers: [
        {
          issuer: issuer.issuer,
          audience: issuerUrl,
          jwksFile: folder.write("jwks.json", JSON.stringify(issuer.jwks)),
        },
      ],
      policy: {
        clients: [
          { name: "batch job", match: { spiffeId: batchSpiffeId }, grants: [grantOf(batchAccount)] },
          {
            name: "pipeline",
            match: { jwt: { issuer: issuer.issuer, subject: "pipeline" } },
            grants: [grantOf(reportAccount, 900)],
          },
        ],
      },
      ...changes,
    });

  it("gives a token at both endpoints, and names issuer and subject in the audit", async () => {
    await broker.close();
    broker = await withBearer();
    const authorization = `Bearer ${await issuer.sign("pipeline")}`;
    const got = await broker.get("/get_wif_token", { authorization });
    expect(await got.json()).toMatchObject({ account: reportAccount });
    const posted = await ask({ grant_type: "client_credentials" }, { authorization });
    expect(await posted.json()).toMatchObject({ account: reportAccount });
    expect(broker.audited()).toContainEqual(
      expect.objectContaining({ client: "pipeline", bearer: { issuer: issuer.issuer, subject: "pipeline" } }),
    );
    for (const part of authorization.split(".")) expect(broker.log()).not.toContain(part);
  });

  it("lets a certificate count before a token, and no token make a bad certificate good", async () => {
    await broker.close();
    broker = await withBearer();
    const authorization = `Bearer ${await issuer.sign("pipeline")}`;
    const both = await broker.get("/get_wif_token", { ...clients.batchJob, authorization });
    expect(await both.json()).toMatchObject({ account: batchAccount });
    const unverified = { ...clients.batchJob, "x-client-cert-chain-verified": "false", authorization };
    expect((await broker.get("/get_wif_token", unverified)).status).toBe(401);
  });

  it("refuses a token that is not good", async () => {
    await broker.close();
    broker = await withBearer();
    const authorization = `Bearer ${await issuer.sign("pipeline", { claims: { aud: "https://other" } })}`;
    const response = await broker.get("/get_wif_token", { authorization });
    expect(response.status).toBe(401);
    expect(broker.audited()).toEqual([expect.objectContaining({ reason: "jwt_audience" })]);
  });
});
