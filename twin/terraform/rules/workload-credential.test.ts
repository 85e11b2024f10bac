import { generateKeyPairSync } from "node:crypto";
import type { JsonObject } from "../../../analysis";
import { Cloud } from "./testing/rules-fixture";

const type = "google_iam_workload_identity_pool_provider";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = { ...publicKey.export({ format: "jwk" }), kid: "one" };
const jwks = (...keys: object[]) => JSON.stringify({ keys });

const words = (credential: JsonObject): string => {
  const cloud = new Cloud();
  cloud.create("google_iam_workload_identity_pool", { workload_identity_pool_id: "cluster-dev-01" });
  return cloud
    .words(type, {
      workload_identity_pool_id: "cluster-dev-01",
      workload_identity_pool_provider_id: "cluster-dev-01",
      attribute_mapping: { "google.subject": "assertion.sub" },
      attribute_condition: "assertion.sub == 'x'",
      ...credential,
    })
    .join("\n");
};
const oidc = (more: JsonObject) => words({ oidc: { issuer_uri: "https://issuer.example.com", ...more } });

describe("a provider with uploaded keys", () => {
  it("takes public keys with the members that Google accepts", () => {
    expect(oidc({ jwks_json: jwks(key) })).toBe("");
  });

  it.each<[string, string]>([
    ["no JSON", "keys"],
    ["no keys", jwks()],
    ["a private key", jwks({ ...privateKey.export({ format: "jwk" }), kid: "one" })],
    ["a certificate in a key", jwks({ ...key, x5c: [] })],
    ["nine keys", jwks(...Array.from({ length: 9 }, () => key))],
  ])("is refused with %s", (_, jwks_json) => {
    expect(oidc({ jwks_json })).toContain("Input JWK is not in a valid json format.");
  });
});

describe("a provider", () => {
  it.each<[string, JsonObject, string]>([
    ["an issuer without TLS", { issuer_uri: "http://issuer.example.com" }, "https URI"],
    ["eleven audiences", { allowed_audiences: Array.from({ length: 11 }, String) }, "At most 10 audiences"],
    ["an audience of 257 characters", { allowed_audiences: ["x".repeat(257)] }, "256 characters"],
  ])("is refused with %s", (_, more, refusal) => {
    expect(oidc(more)).toContain(refusal);
  });

  it.each<[string, JsonObject, string]>([
    ["no certificate", { trust_anchors: [{ pem_certificate: "none" }] }, "not a valid PEM"],
    ["four anchors", { trust_anchors: Array.from({ length: 4 }, () => ({ pem_certificate: "x" })) }, "At most 3"],
  ])("is refused with a trust store of %s", (_, trust_store, refusal) => {
    expect(words({ x509: { trust_store } })).toContain(refusal);
  });
});
