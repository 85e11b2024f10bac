import { generateKeyPairSync } from "node:crypto";
import { ConfigurationError } from "../../runtime";
import { temporaryFolder } from "../testing/certificates";
import { authorizationServerMetadata, metadataPath } from "./authorization-server-metadata";
import { readSigningKeys, signingKeysOf } from "./signing-keys";

const folder = temporaryFolder();
afterAll(() => folder.remove());

let count = 0;
const keyFile = (curve: string) => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
  return folder.write(`key-${++count}.pem`, String(privateKey.export({ type: "pkcs8", format: "pem" })));
};

describe("the broker's signing keys", () => {
  it("are published all, public parts only, the signing one first", async () => {
    const files = [keyFile("P-256"), keyFile("P-256")];
    const { current, jwks } = await signingKeysOf(readSigningKeys(files));
    expect(jwks.keys).toHaveLength(2);
    expect(jwks.keys[0]?.kid).toBe(current.keyId);
    for (const key of jwks.keys) {
      expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
  });

  it("have the same id everywhere", async () => {
    const files = [keyFile("P-256")];
    const [one, other] = await Promise.all([1, 2].map(() => signingKeysOf(readSigningKeys(files))));
    expect(one?.current.keyId).toBe(other?.current.keyId);
  });

  it("must be on the curve of ES256", () => {
    expect(() => readSigningKeys([keyFile("P-256"), keyFile("P-384")])).toThrow(ConfigurationError);
    expect(() => readSigningKeys([folder.write("rubbish.pem", "x")])).toThrow(
      "issuer.signingKeyFiles[0]: expected a PEM unencrypted private key",
    );
  });
});

describe("the metadata of RFC 8414", () => {
  it("stands between host and path of the issuer", () => {
    expect(metadataPath("https://broker.ailab.com")).toBe("/.well-known/oauth-authorization-server");
    expect(metadataPath("https://ailab.com/broker")).toBe("/.well-known/oauth-authorization-server/broker");
    expect(authorizationServerMetadata("https://ailab.com/broker")).toMatchObject({
      jwks_uri: "https://ailab.com/broker/oauth2/jwks",
    });
  });
});
