import { createHmac, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { ConfigurationError } from "../../runtime";
import { temporaryFolder } from "../testing/certificates";
import { type FakeService, type ServiceAnswer, startFakeService } from "../testing/fake-service";
import { createTokenIssuer, type TokenIssuer } from "../testing/token-issuer";
import { VirtualClock } from "../testing/virtual-clock";
import { sendOverNetwork } from "../upstream/upstream-request";
import { TokenVerifier } from "./token-verifier";

const audience = "https://broker.ailab.com";
const folder = temporaryFolder();
afterAll(() => folder.remove());

let issuer: TokenIssuer;
let service: FakeService;
let answer: ServiceAnswer;
let clock: VirtualClock;
let verifier: TokenVerifier;
beforeAll(async () => {
  issuer = await createTokenIssuer("https://issuer.ailab.com", audience);
});
beforeEach(async () => {
  clock = new VirtualClock();
  answer = { body: issuer.jwks };
  service = await startFakeService(() => answer);
  verifier = new TokenVerifier([config({ jwksUri: `${service.origin}/jwks` })], { send: sendOverNetwork, clock });
});
afterEach(() => service.close());

const config = (keys: { jwksUri: string } | { jwksFile: string }) => ({
  issuer: issuer.issuer,
  audience,
  maximumLifetimeSeconds: 3_600,
  ...keys,
});
const sign = (changes: Parameters<TokenIssuer["sign"]>[1] = {}) =>
  issuer.sign("pipeline", { now: clock.now().wall, ...changes });
const reasonOf = async (token: string) => {
  const result = await verifier.verify(token, "bearer");
  return result.ok ? "none" : result.reason;
};
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("TokenVerifier", () => {
  it("tells who the token is about", async () => {
    const result = await verifier.verify(await sign({ claims: { jti: "id 1" } }), "bearer");
    expect(result).toMatchObject({
      ok: true,
      caller: { kind: "jwt", issuer: issuer.issuer, subject: "pipeline", tokenId: "id 1" },
    });
  });

  it("takes the keys from a file as well", async () => {
    const jwksFile = folder.write("jwks.json", JSON.stringify(issuer.jwks));
    const fromFile = new TokenVerifier([config({ jwksFile })], { send: sendOverNetwork, clock });
    expect((await fromFile.verify(await sign(), "bearer")).ok).toBe(true);
    expect(service.requests).toHaveLength(0);
  });

  it.each(["", "{", '{"keys":1}', "[]"])("does not start with a file of keys that holds %j", (content) => {
    const jwksFile = folder.write("bad.json", content);
    expect(() => new TokenVerifier([config({ jwksFile })], { send: sendOverNetwork, clock })).toThrow(
      ConfigurationError,
    );
  });

  it.each<[string, () => Promise<string>, string]>([
    ["another issuer", () => sign({ claims: { iss: "https://issuer.ailab.com/" } }), "jwt_issuer_unknown"],
    ["no issuer", () => sign({ claims: { iss: undefined } }), "jwt_issuer_unknown"],
    ["another audience", () => sign({ claims: { aud: "https://other.ailab.com" } }), "jwt_audience"],
    ["no audience", () => sign({ claims: { aud: undefined } }), "jwt_audience"],
    ["no subject", () => sign({ claims: { sub: undefined } }), "jwt_claims"],
    ["an empty subject", () => sign({ claims: { sub: "" } }), "jwt_claims"],
    ["no expiry", () => sign({ claims: { exp: undefined } }), "jwt_claims"],
    ["no time of issue", () => sign({ claims: { iat: undefined } }), "jwt_claims"],
    ["a time that has passed", () => sign({ now: clock.now().wall - 3_600_000 }), "jwt_expired"],
    ["a time to come", () => sign({ now: clock.now().wall + 3_600_000 }), "jwt_not_yet_valid"],
    ["a start to come", () => sign({ claims: { nbf: clock.now().wall / 1000 + 600 } }), "jwt_not_yet_valid"],
    ["a life of a year", () => sign({ claims: { exp: clock.now().wall / 1000 + 31_536_000 } }), "jwt_lifetime"],
    [
      "another key under the same id",
      () => sign({ key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey }),
      "jwt_signature",
    ],
  ])("refuses %s", async (_, token, reason) => {
    expect(await reasonOf(await token())).toBe(reason);
  });

  it.each([
    ["a certificate", { cnf: { "x5t#S256": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0" } }],
    ["a key", { cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }],
    ["nothing that can be read", { cnf: null }],
  ])(
    "refuses a token that is bound to %s from a bearer, and takes it from who has shown himself",
    async (_, claims) => {
      const token = await sign({ claims });
      expect(await verifier.verify(token, "bearer")).toEqual({ ok: false, reason: "jwt_bound" });
      expect((await verifier.verify(token, "actor")).ok).toBe(true);
    },
  );

  it("refuses a token without a signature, and one signed with the public key as a secret", async () => {
    const [, payload] = (await sign()).split(".");
    expect(await reasonOf(`${base64({ alg: "none" })}.${payload}.`)).toBe("jwt_malformed");
    expect(await reasonOf(`${base64({ alg: "none", kid: "key 1" })}.${payload}.AAAA`)).toBe("jwt_signature");
    const header = base64({ alg: "HS256", kid: "key 1" });
    const mac = createHmac("sha256", JSON.stringify(issuer.jwk)).update(`${header}.${payload}`).digest("base64url");
    expect(await reasonOf(`${header}.${payload}.${mac}`)).toBe("jwt_signature");
  });

  it.each([
    ["padding", (token: string) => `${token}==`],
    ["a space", (token: string) => `${token.slice(0, -4)} ${token.slice(-4)}`],
    ["a line break", (token: string) => `${token}\n`],
    ["superfluous bits", (token: string) => token.slice(0, -1) + (token.endsWith("A") ? "B" : "A")],
    ["a fourth part", (token: string) => `${token}.AAAA`],
    ["much in it", (token: string) => `${token}${"A".repeat(20_000)}`],
  ])("refuses another spelling of a good token: %s", async (_, respell) => {
    expect(await reasonOf(respell(await sign()))).not.toBe("none");
  });

  it("fetches keys once for many, and again for a new key, but not for every made-up one", async () => {
    const token = await sign();
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(token, "bearer")));
    expect(service.requests).toHaveLength(1);
    const next = await createTokenIssuer(issuer.issuer, audience, "key 2");
    answer = { body: { keys: [issuer.jwk, next.jwk] } };
    await clock.advance(31_000);
    expect((await verifier.verify(await next.sign("pipeline", { now: clock.now().wall }), "bearer")).ok).toBe(true);
    expect(service.requests).toHaveLength(2);
    for (let number = 0; number < 20; number++) {
      expect(await reasonOf(await sign({ header: { kid: `made up ${number}` } }))).toBe("jwt_signature");
    }
    expect(service.requests).toHaveLength(2);
  });

  it("uses its keys on while their server is down, for a day, and says when it has none", async () => {
    await verifier.verify(await sign(), "bearer");
    answer = { status: 503, body: "down" };
    await clock.advance(12 * 3_600_000);
    expect(await reasonOf(await sign())).toBe("none");
    await clock.advance(13 * 3_600_000);
    expect(await reasonOf(await sign())).toBe("jwt_keys_unavailable");
  });

  it("is not misled by a server of keys that answers with something else", async () => {
    answer = { body: "<html>" };
    expect(await reasonOf(await sign())).toBe("jwt_keys_unavailable");
    await clock.advance(31_000);
    answer = { body: { keys: [{ kty: "oct", k: "c2VjcmV0" }, { kty: "AKP", alg: "ML-DSA-44" }, issuer.jwk] } };
    expect(await reasonOf(await sign())).toBe("none");
  });

  it("answers any text, and believes no damaged token", async () => {
    const token = await sign();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.base64String(), damaged(token)), async (text) => {
        expect((await verifier.verify(text, "bearer")).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

/** The token with one character changed into another of its alphabet. */
const damaged = (token: string) =>
  fc
    .tuple(fc.nat(token.length - 1), fc.constantFrom(..."ABCxyz019-_."))
    .map(([position, character]) => token.slice(0, position) + character + token.slice(position + 1))
    .filter((text) => text !== token);
