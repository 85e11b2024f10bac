import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { iapIssuer } from "../../facts/iap";
import { signAssertion } from "./iap-assertion";
import { IapKeys, iapKeysHost } from "./iap-keys";

const subject = {
  identity: {
    kind: "federated",
    pool: "locations/global/workforcePools/people",
    provider: "locations/global/workforcePools/people/providers/entra",
    subject: "a3b9d2c0-51e7-4d7a-8c1e-000000000001",
    groups: [],
    attributes: {},
  },
  projectNumber: "710000000001",
  backendServiceId: "102",
} as const;
const audience = "/projects/710000000001/global/backendServices/102";

let keys: IapKeys;
let server: Server;
let origin: string;

beforeEach(async () => {
  keys = new IapKeys();
  const host = iapKeysHost(keys);
  server = createServer((request, response) => void host.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

const verify = (assertion: string) =>
  jwtVerify(assertion, createRemoteJWKSet(new URL(`${origin}/iap/verify/public_key-jwk`)), {
    issuer: iapIssuer,
    audience,
  });

describe("the published keys", () => {
  it("keep an older key through a rotation, each under its kid, with a lifetime for caches", async () => {
    const before = keys.currentKid;
    const signedBefore = await signAssertion(keys, subject);
    keys.rotate();
    const jwk = await fetch(`${origin}/iap/verify/public_key-jwk`);
    const pem = await fetch(`${origin}/iap/verify/public_key?x=1`);

    expect(jwk.headers.get("cache-control")).toMatch(/^public, max-age=\d+$/);
    expect(await jwk.json()).toMatchObject({
      keys: [{ kid: keys.currentKid, crv: "P-256", use: "sig" }, { kid: before }],
    });
    expect(Object.keys(Object(await pem.json()))).toEqual([keys.currentKid, before]);
    await expect(verify(signedBefore)).resolves.toBeDefined();
  });

  it("let the oldest go after three rotations, and hold no private part", async () => {
    const first = keys.currentKid;
    for (let rotation = 0; rotation < 3; rotation += 1) keys.rotate();
    const text = await (await fetch(`${origin}/iap/verify/public_key-jwk`)).text();

    expect(text).not.toContain(`"${first}"`);
    expect(text).not.toContain('"d"');
  });

  it("are all that the host serves", async () => {
    expect((await fetch(`${origin}/`)).status).toBe(404);
    expect((await fetch(`${origin}/iap/verify/public_key`, { method: "POST" })).status).toBe(405);
  });
});

describe("signAssertion", () => {
  it("signs what a verifier takes", async () => {
    await expect(verify(await signAssertion(keys, subject))).resolves.toMatchObject({ payload: { aud: audience } });
  });

  it("signs assertions with exactly one fault each", async () => {
    await expect(verify(await signAssertion(keys, subject, "forged"))).rejects.toThrow(
      errors.JWSSignatureVerificationFailed,
    );
    await expect(verify(await signAssertion(keys, subject, "expired"))).rejects.toThrow(errors.JWTExpired);
    await expect(verify(await signAssertion(keys, subject, "wrong-audience"))).rejects.toMatchObject({ claim: "aud" });
  });
});
