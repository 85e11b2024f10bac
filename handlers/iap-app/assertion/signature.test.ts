import { generateKeyPairSync, sign, verify } from "node:crypto";
import { verifyEs256 } from "./signature";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const signatureOf = (input: Buffer) => sign("sha256", input, { key: privateKey, dsaEncoding: "ieee-p1363" });

it("agrees with OpenSSL's own reading of r and s on a thousand signatures, among them ones with leading zeros", async () => {
  let withLeadingZero = 0;
  for (let round = 0; round < 1000; round += 1) {
    const input = Buffer.from(`message ${round}`);
    const signature = signatureOf(input);
    if (signature[0] === 0 || signature[32] === 0) withLeadingZero += 1;
    expect(await verifyEs256(publicKey, input, signature)).toBe(true);
  }
  expect(withLeadingZero).toBeGreaterThan(0);
});

it("refuses a signature with any one bit flipped, as OpenSSL's own reading does", async () => {
  const input = Buffer.from("message");
  const good = signatureOf(input);
  for (let bit = 0; bit < 512; bit += 1) {
    const flipped = Buffer.from(good);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(verify("sha256", input, { key: publicKey, dsaEncoding: "ieee-p1363" }, flipped)).toBe(false);
    expect(await verifyEs256(publicKey, input, flipped)).toBe(false);
  }
});

it("refuses, and does not throw, where the key cannot verify ES256", async () => {
  const other = generateKeyPairSync("ed25519").publicKey;
  expect(await verifyEs256(other, Buffer.from("message"), Buffer.alloc(64, 1))).toBe(false);
});
