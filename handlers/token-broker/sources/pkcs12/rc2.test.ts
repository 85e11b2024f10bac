import { decryptRc2Block, decryptRc2Cbc, expandedKey } from "./rc2";

const bytes = (hex: string) => Buffer.from(hex, "hex");

describe("decryptRc2Block", () => {
  // RFC 2268 section 5.
  it.each([
    ["0000000000000000", 63, "0000000000000000", "ebb773f993278eff"],
    ["ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"],
    ["3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"],
    ["88", 64, "0000000000000000", "61a8a244adacccf0"],
    ["88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"],
    ["88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"],
    ["88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"],
  ])("with the key %s, of which %d bits count, gives %s", (key, bits, plain, encrypted) => {
    expect(decryptRc2Block(bytes(encrypted), expandedKey(bytes(key), bits)).toString("hex")).toBe(plain);
  });
});

describe("decryptRc2Cbc", () => {
  const iv = bytes("0000000000000000");

  it.each(["", "00", "2269552ab0f85c", "2269552ab0f85ca6"])("refuses %j, which is no whole and padded block", (hex) => {
    expect(() => decryptRc2Cbc(bytes(hex), bytes("88bca90e90875a7f0f79c384627bafb2"), iv, 128)).toThrow(RangeError);
  });
});
