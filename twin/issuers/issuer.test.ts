import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { checkSignature, parseCompactJwt } from "./compact-jwt";
import { Issuer, IssuerRegistry } from "./issuer";

const text = "https://issuer.example";

describe("an issuer", () => {
  const issuer = new Issuer(text);

  it("signs with RS256 under the key id it publishes", async () => {
    const token = await issuer.sign({ sub: "someone" }, { expiresInSeconds: 60 });
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(issuer.jwks()), { issuer: text });
    expect(protectedHeader).toMatchObject({ alg: "RS256", typ: "JWT", kid: issuer.jwks().keys[0]?.kid });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
  });

  it("lets claims and header fields be set or left out", async () => {
    const token = await issuer.sign({ iss: "https://other.example", exp: undefined }, { header: { kid: "chosen" } });
    expect(decodeJwt(token)).toMatchObject({ iss: "https://other.example" });
    expect(decodeJwt(token)).not.toHaveProperty("exp");
    expect(decodeProtectedHeader(token)).toMatchObject({ kid: "chosen", alg: "RS256" });
  });

  it("publishes no private part of a key", () => {
    for (const key of issuer.jwks().keys)
      expect(Object.keys(key).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
  });

  it("keeps the former key published through one rotation and not through a second", async () => {
    const rotated = new Issuer(text);
    const before = parseCompactJwt(await rotated.sign({}));
    if (before === undefined) throw new Error("the issuer's own token must parse");
    rotated.rotate();
    expect(await checkSignature(before, rotated.jwks())).toBe("verified");
    expect(decodeProtectedHeader(await rotated.sign({})).kid).not.toBe(before.header.kid);
    rotated.rotate();
    expect(await checkSignature(before, rotated.jwks())).toBe("unknown-key");
  });

  it("is found with and without a trailing slash, and under no other spelling", () => {
    const registry = new IssuerRegistry();
    registry.add(new Issuer("https://sts.windows.net/tenant/"));
    registry.add(issuer);
    expect(registry.find("https://sts.windows.net/tenant")).toBeDefined();
    expect(registry.find(`${text}/`)).toBe(issuer);
    for (const other of [`${text}//`, "https://ISSUER.example", "http://issuer.example", `${text}/x`, ""]) {
      expect(registry.find(other)).toBeUndefined();
    }
  });
});
