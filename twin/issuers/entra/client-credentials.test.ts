import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { entraIssuer, federationAppRole, jwtBearerAssertionType } from "../../../facts/entra";
import { type Decision, DecisionLog } from "../../events";
import type { ResourceStore } from "../../store/resource-store";
import { type ClientCertificate, clientAssertion, clientCertificate } from "../testing/certificate";
import {
  brokerApp,
  entraResource,
  entraStore,
  identifierUri,
  loginApp,
  loginSecret,
  resourceApp,
  tenantId,
} from "../testing/entra-resources";
import { jsonAnswer, publishedKeys } from "../testing/json-answer";
import { type ServedHost, serveHost } from "../testing/serve-host";
import { createEntra, type Entra } from "./entra";

describe("client credentials of Entra", () => {
  let store: ResourceStore;
  let entra: Entra;
  let served: ServedHost;
  let certificate: ClientCertificate;
  const decisions: Decision[] = [];
  const seen: string[] = [];

  beforeAll(async () => {
    certificate = await clientCertificate();
    store = entraStore(certificate.pem);
    const log = new DecisionLog();
    log.subscribe((decision) => decisions.push(decision));
    const publicOrigin = (host: string) => `https://${host}.localhost:8443`;
    entra = createEntra({ store, people: [], tenantId, publicOrigin, decisions: log });
    served = await serveHost(entra.host);
  });
  beforeEach(() => {
    for (const resource of entraStore(certificate.pem).all()) store.put(resource);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => served.close());

  const post = async (body: string, contentType = "application/x-www-form-urlencoded") => {
    const response = await fetch(`${served.origin}/${tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      headers: { "content-type": contentType },
      body,
    });
    return jsonAnswer(response);
  };
  const ask = (fields: Record<string, string>) =>
    post(
      new URLSearchParams({
        grant_type: "client_credentials",
        scope: `${resourceApp.clientId}/.default`,
        ...fields,
      }).toString(),
    );
  const askWith = async (
    change: Parameters<typeof clientAssertion>[3] = {},
    fields: Record<string, string> = {},
    signer = certificate,
  ) => {
    const assertion = await clientAssertion(signer, brokerApp.clientId, tenantId, change);
    seen.push(assertion);
    return ask({
      client_id: brokerApp.clientId,
      client_assertion_type: jwtBearerAssertionType,
      client_assertion: assertion,
      ...fields,
    });
  };
  const codesOf = (answer: { body: Record<string, unknown> }): unknown => answer.body["error_codes"];
  const now = () => Math.floor(Date.now() / 1000);

  it("gives the broker a token of version 2.0 for its certificate", async () => {
    const { status, body } = await askWith();
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 3599 });
    const token = String(body["access_token"]);
    seen.push(token);
    const keys = await publishedKeys(`${served.origin}/${tenantId}/discovery/v2.0/keys`);
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: entraIssuer(tenantId),
      audience: resourceApp.clientId,
    });
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "RS256", kid: expect.any(String) });
    expect(payload).toMatchObject({
      azp: brokerApp.clientId,
      azpacr: "2",
      oid: brokerApp.principal,
      sub: brokerApp.principal,
      tid: tenantId,
      roles: [federationAppRole],
      ver: "2.0",
    });
    expect(payload).not.toHaveProperty("idtyp");
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
  });

  it("writes idtyp where the resource asks for the optional claim", async () => {
    store.put(
      entraResource("azuread_application_optional_claims", "federation", {
        application_id: "/applications/federation",
        access_token: [{ name: "idtyp" }],
      }),
    );
    const { payload } = await decode(await askWith());
    store.remove("dev", "azuread_application_optional_claims.federation");
    expect(payload["idtyp"]).toBe("app");
  });

  it("gives a token of version 1.0 where the resource's registration says so, with the audience as asked", async () => {
    store.put(
      entraResource("azuread_application_registration", "federation", {
        id: "/applications/federation",
        client_id: resourceApp.clientId,
        display_name: "ailab federation",
        requested_access_token_version: 1,
      }),
    );
    const { payload } = await decode(await askWith({}, { scope: `${identifierUri}/.default` }));
    expect(payload).toMatchObject({
      iss: `https://sts.windows.net/${tenantId}/`,
      aud: identifierUri,
      appid: brokerApp.clientId,
      appidacr: "2",
      ver: "1.0",
    });
    expect(payload).not.toHaveProperty("azp");
  });

  it("finds the resource by its application ID URI, and the audience stays the client id", async () => {
    const { payload } = await decode(await askWith({}, { scope: `${identifierUri}/.default` }));
    expect(payload["aud"]).toBe(resourceApp.clientId);
  });

  it("accepts RS256, the SHA-1 thumbprint, and a request that leaves out client_id", async () => {
    expect((await askWith({ header: { alg: "RS256" } })).status).toBe(200);
    expect((await askWith({ header: { "x5t#S256": undefined, x5t: certificate.sha1 } })).status).toBe(200);
    const assertion = await clientAssertion(certificate, brokerApp.clientId, tenantId);
    expect((await ask({ client_assertion_type: jwtBearerAssertionType, client_assertion: assertion })).status).toBe(
      200,
    );
  });

  it("refuses an unknown application, and one without or with a disabled service principal", async () => {
    const unknown = await clientAssertion(certificate, "99999999-0000-4000-8000-000000000000", tenantId);
    const answer = await ask({ client_assertion_type: jwtBearerAssertionType, client_assertion: unknown });
    expect(answer).toMatchObject({ status: 400, body: { error: "unauthorized_client", error_codes: [700016] } });
    store.put(
      entraResource("azuread_service_principal", "broker", {
        client_id: brokerApp.clientId,
        object_id: brokerApp.principal,
        account_enabled: false,
      }),
    );
    expect(codesOf(await askWith())).toEqual([7000112]);
    store.remove("dev", "azuread_service_principal.broker");
    expect(codesOf(await askWith())).toEqual([7000229]);
  });

  it("refuses a certificate that is not registered, also under a registered thumbprint", async () => {
    const other = await clientCertificate();
    expect(codesOf(await askWith({}, {}, other))).toEqual([700027]);
    const forged = await askWith({ header: { "x5t#S256": certificate.sha256 } }, {}, other);
    expect(forged).toMatchObject({ status: 401, body: { error: "invalid_client", error_codes: [700027] } });
    expect(forged.body["error_description"]).toContain("invalid signature");
  });

  it("refuses a certificate past its own end or past the end of its registration", async () => {
    const former = await clientCertificate(new Date(Date.now() - 86_400_000));
    const register = (pem: string, end?: string) =>
      store.put(
        entraResource("azuread_application_certificate", "broker", {
          application_id: "/applications/broker",
          value: pem,
          ...(end === undefined ? {} : { end_date: end }),
        }),
      );
    register(former.pem);
    expect((await askWith({}, {}, former)).body["error_description"]).toContain("expired");
    register(certificate.pem, "2020-01-01T00:00:00Z");
    expect((await askWith()).body["error_description"]).toContain("expired");
  });

  it("refuses no algorithm, a symmetric one, and a token that is no JWT", async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { iss: brokerApp.clientId, sub: brokerApp.clientId, aud: "x", jti: "1", exp: now() + 60 };
    for (const alg of ["none", "HS256"]) {
      const assertion = `${part({ alg, "x5t#S256": certificate.sha256 })}.${part(claims)}.${part("signature")}`;
      expect(codesOf(await askWith({}, { client_assertion: assertion }))).toEqual([50027]);
    }
    expect(codesOf(await askWith({}, { client_assertion: "no-jwt" }))).toEqual([50027]);
  });

  it.each([
    ["expired", { nbf: -1200, iat: -1200, exp: -900 }],
    ["from the future", { nbf: 900, iat: 900, exp: 1200 }],
    ["longer than ten minutes", { nbf: 0, iat: 0, exp: 601 }],
    ["ended before it began", { nbf: 100, iat: 100, exp: 50 }],
  ])("refuses an assertion that is %s", async (_name, offsets) => {
    const claims = Object.fromEntries(Object.entries(offsets).map(([name, offset]) => [name, now() + offset]));
    expect(await askWith({ claims })).toMatchObject({ status: 401, body: { error_codes: [700024] } });
  });

  it("answers a time beyond all calendars like any other wrong time", async () => {
    expect(codesOf(await askWith({ claims: { nbf: 1e300, exp: 1e301 } }))).toEqual([700024]);
  });

  it.each([
    ["the version 1 endpoint", `https://login.microsoftonline.com/${tenantId}/oauth2/token`],
    ["another tenant", "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/oauth2/v2.0/token"],
  ])("refuses an assertion meant for %s", async (_name, aud) => {
    expect(codesOf(await askWith({ claims: { aud } }))).toEqual([700023]);
  });

  it("refuses an assertion of one application for another", async () => {
    expect(codesOf(await askWith({ claims: { iss: loginApp.clientId } }))).toEqual([700021]);
    expect(codesOf(await askWith({ claims: { sub: loginApp.clientId } }))).toEqual([700021]);
    expect(codesOf(await askWith({}, { client_id: loginApp.clientId }))).toEqual([700027]);
  });

  it("refuses the same assertion a second time, in any spelling, and one without an identifier", async () => {
    const claims = { jti: "used-once" };
    expect((await askWith({ claims })).status).toBe(200);
    expect(codesOf(await askWith({ claims }))).toEqual([50012]);
    expect(codesOf(await askWith({ claims: { jti: undefined } }))).toEqual([50012]);
  });

  it("refuses an application without the role where assignment is required", async () => {
    store.remove("dev", "azuread_app_role_assignment.broker");
    expect(await askWith()).toMatchObject({ status: 400, body: { error: "invalid_grant", error_codes: [501051] } });
  });

  it("leaves roles out where none is assigned and assignment is not required", async () => {
    store.remove("dev", "azuread_app_role_assignment.broker");
    store.put(
      entraResource("azuread_service_principal", "federation", {
        client_id: resourceApp.clientId,
        object_id: resourceApp.principal,
      }),
    );
    const { payload } = await decode(await askWith());
    expect(payload).not.toHaveProperty("roles");
  });

  it("refuses an unknown resource and a scope that is not /.default", async () => {
    const unknown = await askWith({}, { scope: "api://nobody/.default" });
    expect(unknown).toMatchObject({ status: 400, body: { error: "invalid_resource", error_codes: [500011] } });
    expect(codesOf(await askWith({}, { scope: "openid" }))).toEqual([1002012]);
    expect(codesOf(await askWith({}, { scope: `${resourceApp.clientId}/.default openid` }))).toEqual([1002012]);
    expect(codesOf(await askWith({}, { scope: "" }))).toEqual([900144]);
  });

  it("marks a token got by a secret, and refuses a wrong secret without showing it", async () => {
    const secretFields = { client_id: loginApp.clientId, client_secret: loginSecret };
    expect(codesOf(await ask(secretFields))).toEqual([501051]);
    const wrong = await ask({ ...secretFields, client_secret: "guessed-by-me" });
    expect(wrong).toMatchObject({ status: 401, body: { error_codes: [7000215] } });
    expect(JSON.stringify(wrong.body)).not.toContain("guessed-by-me");
    expect(codesOf(await ask({ client_id: loginApp.clientId }))).toEqual([7000218]);
  });

  it("refuses two credentials in one request", async () => {
    expect(codesOf(await askWith({}, { client_secret: "any" }))).toEqual([9002313]);
  });

  it("refuses other grants, missing and doubled fields, other media types and long bodies", async () => {
    expect(codesOf(await ask({ grant_type: "password" }))).toEqual([70003]);
    expect(codesOf(await post("scope=x"))).toEqual([900144]);
    expect(codesOf(await post("grant_type=client_credentials"))).toEqual([900144]);
    expect(codesOf(await post("grant_type=client_credentials&grant_type=client_credentials"))).toEqual([9002313]);
    expect(codesOf(await post("{}", "application/json"))).toEqual([9002313]);
    expect(codesOf(await post(`grant_type=${"x".repeat(200_000)}`))).toEqual([9002313]);
  });

  it("describes an error as Entra does", async () => {
    const { body } = await askWith({ claims: { aud: "x" } });
    expect(body["error_description"]).toMatch(
      /^AADSTS700023: .+ Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/,
    );
    expect(body["error_uri"]).toBe("https://login.microsoftonline.com/error?code=700023");
  });

  it("records every decision and never an assertion or a token", () => {
    expect(decisions).toContainEqual(expect.objectContaining({ by: "entra", outcome: "allowed" }));
    const written = JSON.stringify(decisions);
    for (const secret of seen) expect(written).not.toContain(secret);
  });

  async function decode(answer: { status: number; body: Record<string, unknown> }) {
    expect(answer.status).toBe(200);
    const token = String(answer.body["access_token"]);
    const keys = await publishedKeys(`${served.origin}/${tenantId}/discovery/v2.0/keys`);
    return jwtVerify(token, createLocalJWKSet(keys));
  }
});
