import { createPrivateKey } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { audience, clientId, scope, tenantId } from "../testing/broker-fixture";
import { createEntraCertificate, type KeyPairWithCertificate } from "../testing/certificates";
import { type FakeUpstreams, startFakeUpstreams } from "../testing/fake-upstreams";
import { UpstreamError } from "../upstream/upstream-error";
import { sendOverNetwork } from "../upstream/upstream-request";
import {
  clientAssertion,
  entraClientAssertionSource,
  processClientCredentialsResponse,
} from "./entra-client-assertion";
import type { EntraCredential } from "./entra-credential";

const application = { tenantId, clientId, scope };
let registered: KeyPairWithCertificate;
let upstreams: FakeUpstreams;

async function credentialOf(pair: KeyPairWithCertificate): Promise<EntraCredential> {
  const thumbprint = Buffer.from(await pair.certificate.getThumbprint("SHA-256")).toString("base64url");
  return { key: createPrivateKey(pair.keyPem), certificateThumbprint: thumbprint, notAfter: pair.certificate.notAfter };
}

beforeAll(async () => {
  registered = await createEntraCertificate();
  upstreams = await startFakeUpstreams({ ...application, audience, certificatePem: registered.certificatePem });
});
afterAll(() => upstreams.close());

const sourceWith = (credential: EntraCredential, now = () => new Date()) =>
  entraClientAssertionSource(application, () => credential, { origin: upstreams.origin, send: sendOverNetwork, now });
const signal = new AbortController().signal;

async function errorOf(promise: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UpstreamError) return error;
  throw new Error("expected an UpstreamError", { cause: error });
}

describe("clientAssertion", () => {
  it("holds what Entra asks for, with the real endpoint as audience", async () => {
    const credential = await credentialOf(registered);
    const now = new Date("2030-01-01T00:00:00.900Z");
    const assertion = await clientAssertion(application, credential, now);
    expect(decodeProtectedHeader(assertion)).toEqual({
      alg: "PS256",
      typ: "JWT",
      "x5t#S256": credential.certificateThumbprint,
    });
    const issuedAt = Date.UTC(2030, 0, 1) / 1000;
    expect(decodeJwt(assertion)).toEqual({
      aud: `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`,
      iss: clientId,
      sub: clientId,
      jti: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      nbf: issuedAt,
      iat: issuedAt,
      exp: issuedAt + 300,
    });
  });
});

describe("entraClientAssertionSource", () => {
  it("gets a token from an Entra that verifies the assertion", async () => {
    const source = sourceWith(await credentialOf(registered));
    const before = Date.now();
    const { token, type, expiresAt } = await source.fetch(signal);
    expect(upstreams.hasIssued(token)).toBe(true);
    expect(Number(expiresAt) - before).toBeGreaterThanOrEqual(3_599_000);
    expect(type).toBe("urn:ietf:params:oauth:token-type:jwt");
  });

  it("sends a new assertion each time, which an Entra that refuses replays takes", async () => {
    const source = sourceWith(await credentialOf(registered));
    const [first, second] = [await source.fetch(signal), await source.fetch(signal)];
    expect(first.token).not.toBe(second.token);
  });

  it("signs with the credential of the moment, and tells of each signature", async () => {
    const renewed = await createEntraCertificate();
    const credentials = [await credentialOf(renewed), await credentialOf(registered)] as const;
    const signed: string[] = [];
    let use: 0 | 1 = 0;
    const source = entraClientAssertionSource(application, () => credentials[use], {
      origin: upstreams.origin,
      send: sendOverNetwork,
      now: () => new Date(),
      onSigned: (thumbprint) => signed.push(thumbprint),
    });
    await expect(source.fetch(signal)).rejects.toMatchObject({ code: "AADSTS700027" });
    use = 1;
    await source.fetch(signal);
    expect(signed).toEqual(credentials.map(({ certificateThumbprint }) => certificateThumbprint));
  });

  it("is refused with Entra's code when the certificate is not registered", async () => {
    const source = sourceWith(await credentialOf(await createEntraCertificate()));
    expect(await errorOf(source.fetch(signal))).toMatchObject({
      upstream: "entra",
      code: "AADSTS700027",
      description: "invalid_client: A configuration issue.",
      httpStatus: 401,
      retryable: false,
    });
  });

  it("is refused when its clock is far off", async () => {
    const source = sourceWith(await credentialOf(registered), () => new Date(Date.now() - 3_600_000));
    expect(await errorOf(source.fetch(signal))).toMatchObject({ code: "AADSTS700027" });
  });
});

describe("processClientCredentialsResponse", () => {
  const read = (status: number, body: unknown, retryAfterSeconds?: number) => () =>
    processClientCredentialsResponse(
      {
        status,
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      },
      new Date(0),
    );
  const success = { access_token: "t", token_type: "Bearer", expires_in: 3599 };

  it("counts the expiry from the receipt, also where Entra writes the number as a text", () => {
    expect(read(200, { ...success, expires_in: "3599" })()).toEqual({
      token: "t",
      type: "urn:ietf:params:oauth:token-type:jwt",
      expiresAt: new Date(3_599_000),
    });
  });

  it.each([
    ["no token", { ...success, access_token: undefined }, "access_token"],
    ["an empty token", { ...success, access_token: "" }, "access_token"],
    ["another type", { ...success, token_type: "mac" }, "token_type"],
    ["no expiry", { ...success, expires_in: undefined }, "expires_in"],
    ["an expiry of zero", { ...success, expires_in: 0 }, "expires_in"],
    ["a page", "<html>", "the body"],
  ])("refuses a success with %s, naming the field", (_, body, field) => {
    expect(read(200, body)).toThrow(`entra: malformed_response: expected another form of ${field}`);
  });

  it.each([
    [429, true],
    [500, true],
    [503, true],
    [400, false],
    [401, false],
  ])("says of status %i whether to try again: %s", (status, retryable) => {
    const body = { error: "x", error_description: "AADSTS50020: Something is wrong." };
    expect(read(status, body, 7)).toThrow(
      expect.objectContaining({ code: "AADSTS50020", retryable, retryAfterSeconds: 7 }),
    );
  });

  it("tries again what Entra calls transient, whatever its status", () => {
    const body = { error: "invalid_request", error_description: "AADSTS90033: A transient error has occurred." };
    expect(read(400, body)).toThrow(expect.objectContaining({ code: "AADSTS90033", retryable: true }));
  });

  it("says what to do about a code that is known", () => {
    const body = {
      error: "invalid_client",
      error_description:
        "AADSTS700027: Client assertion contains an invalid signature. Trace ID: 0 Correlation ID: 0 Timestamp: 0",
    };
    expect(read(401, body)).toThrow(
      /^entra: AADSTS700027: invalid_client: Client assertion contains an invalid signature\. \(what to do: the certificate is not registered .+: register the certificate of .+\)$/,
    );
  });

  it("names a refusal without a readable body by its status", () => {
    expect(read(502, "<html>bad gateway</html>")).toThrow("entra: http_502: no reason given");
  });

  it("uses the OAuth error where there is no AADSTS code", () => {
    expect(read(400, { error: "invalid_scope" })).toThrow("entra: invalid_scope: invalid_scope:");
  });
});
