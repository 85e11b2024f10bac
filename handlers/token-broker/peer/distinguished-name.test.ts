import "reflect-metadata";
import { Name } from "@peculiar/x509";
import fc from "fast-check";
import { contentOf, DerError, derTag, readElements } from "./der";
import { distinguishedName, isDistinguishedName } from "./distinguished-name";

/** Content of the SEQUENCE of a name written by another implementation. */
const encode = (name: ConstructorParameters<typeof Name>[0]): Uint8Array =>
  contentOf(readElements(new Uint8Array(new Name(name).toArrayBuffer()))[0], derTag.sequence);

describe("distinguishedName", () => {
  it("writes the last attribute first, by short names or object identifiers", () => {
    expect(distinguishedName(encode([{ C: ["DE"] }, { O: ["ailab"] }, { CN: ["batch"] }]))).toBe(
      "CN=batch,O=ailab,C=DE",
    );
    expect(distinguishedName(encode([{ "2.5.4.5": ["42"] }]))).toBe("2.5.4.5=42");
  });

  it("escapes what would make one value read as two attributes", () => {
    expect(distinguishedName(encode([{ CN: ["batch,O=ailab"] }]))).toBe("CN=batch\\,O=ailab");
    expect(distinguishedName(encode([{ CN: ["a+CN=b"] }]))).toBe("CN=a\\+CN=b");
    expect(distinguishedName(utf8Name('"quoted" \\ <;>'))).toBe('CN=\\"quoted\\" \\\\ \\<\\;\\>');
  });

  it("escapes a space at either end, and a leading number sign", () => {
    expect([" a ", " ", "#a", "\\ "].map((value) => distinguishedName(utf8Name(value)))).toEqual([
      "CN=\\ a\\ ",
      "CN=\\ ",
      "CN=\\#a",
      "CN=\\\\\\ ",
    ]);
  });

  it("escapes line breaks and what cannot be seen", () => {
    const name = Buffer.from([0x31, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x03, 0x61, 0x0a, 0x62]);
    expect(distinguishedName(name)).toBe("CN=a\\0Ab");
  });

  it("is empty for an empty name", () => {
    expect(distinguishedName(new Uint8Array())).toBe("");
  });

  it("gives two different values two different strings", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
        (a, b) => {
          const one = distinguishedName(utf8Name(a));
          const two = distinguishedName(utf8Name(b));
          expect([one, `${one},O=${two.slice(3)}+OU=x`].map(isDistinguishedName)).toEqual([true, true]);
          expect(one === two).toBe(a === b);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("throws nothing but its own error for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          distinguishedName(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DerError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("isDistinguishedName", () => {
  it.each([
    "CN=batch,O=ailab,C=DE",
    "CN=a+OU=b,DC=x",
    "2.5.4.5=42",
    "CN=",
    "CN=a b",
    "CN=a\\,b",
    "CN=\\\\,O=x",
    "CN=\u00e4",
  ])("takes %j", (text) => expect(isDistinguishedName(text)).toBe(true));

  it.each([
    ...["", "batch", "cn=batch", "CN = batch", "CN=batch, O=ailab", "CN=batch ", "CN=batch,", "/CN=batch/O=ailab"],
    ...["emailAddress=a@b", "E=a@b", "2.5.4.3=batch", "CN=a\\62", "CN=a\\0a", 'CN="batch"', "CN=a;O=b", "CN=a\\"],
  ])("refuses %j, which is another spelling or none", (text) => expect(isDistinguishedName(text)).toBe(false));
});

function utf8Name(value: string): Uint8Array {
  const wrap = (tag: number, content: Buffer) => Buffer.concat([Buffer.from([tag, content.length]), content]);
  const attribute = Buffer.concat([Buffer.from([0x06, 0x03, 0x55, 0x04, 0x03]), wrap(0x0c, Buffer.from(value))]);
  return wrap(0x31, wrap(0x30, attribute));
}
