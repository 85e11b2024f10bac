import { generateKeyPairSync } from "node:crypto";
import { hideSecretShapes } from "./secret-shapes";

const privateKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const jwt = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"x"}').toString("base64url")}.`;

describe("secrets known by their form", () => {
  it.each([
    ["a private key", privateKey.trim()],
    ["a private key that was cut off", privateKey.slice(0, 60)],
    ["a private key on one line", JSON.stringify(privateKey).slice(1, -1).replace(/\\n$/, "")],
    ["an unsigned JWT", jwt],
    ["a JWT", `${jwt}c2lnbmF0dXJl`],
    ["an encrypted JWT", `${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString("base64url")}..aXY.Y2lwaGVy.dGFn`],
    ["a Google access token", "ya29.c.b0Aaekm1K-x_y"],
    ["a Google API key", `AIza${"x".repeat(35)}`],
    ["a Google client secret", `GOCSPX-${"x".repeat(28)}`],
    ["a GitHub token", `ghs_${"x".repeat(36)}`],
    ["an Entra client secret", `abc8Q~${"x".repeat(34)}`],
    [
      "a key file in base64",
      Buffer.from(JSON.stringify({ type: "service_account", private_key: privateKey })).toString("base64"),
    ],
  ])("%s", (_, secret) => {
    expect(hideSecretShapes(secret)).toBe("(secret)");
    expect(hideSecretShapes(`before ${secret} after`)).not.toContain(secret.slice(8, 24));
    expect(hideSecretShapes(`before ${secret}`)).toMatch(/^before /);
  });

  it("keep what surrounds a password in an address and a bearer token", () => {
    expect(hideSecretShapes("postgres://app:hunter2@db:5432/x")).toBe("postgres://app:(secret)@db:5432/x");
    expect(hideSecretShapes("Authorization: Bearer abcdefghijklmnopqrstuvwxyz")).toBe("Authorization: Bearer (secret)");
  });

  it.each(["-eyJ", "://a:", "-----BEGIN ", "abc8Q~ ", "ya29", "&sig"])(
    "come to an end on texts that are made to take quadratic time: %s",
    (piece) => {
      const text = piece.repeat(300_000);
      expect(hideSecretShapes(text) === text).toBe(true);
    },
  );

  it("a token that a word stands right before", () => {
    expect(hideSecretShapes(`a.b.token-${jwt}c2ln`)).toBe("a.b.token-(secret)");
  });

  it.each([
    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.a/arn:aws:sts::1:x@y",
    "projects/my-project/locations/europe-west4/services/a-very-long-service-name/revisions/and-more-of-it",
    `sha256:${"a".repeat(64)}`,
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "assertion.sub == 'repo:o/r:ref:refs/heads/main'",
  ])("leave ordinary values alone: %s", (text) => {
    expect(hideSecretShapes(text)).toBe(text);
  });
});
