import {
  DerError,
  derTag,
  readAscii,
  readBitNumbers,
  readBoolean,
  readElements,
  readObjectIdentifier,
  readTime,
} from "./der";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const element = (tag: number, hex: string) => ({ tag, content: bytes(hex) });
const text = (tag: number, content: string) => ({ tag, content: Buffer.from(content, "latin1") });

describe("readElements", () => {
  it("reads short and long lengths", () => {
    const long = Buffer.concat([bytes("04 81 80"), Buffer.alloc(128, 1)]);
    expect(
      readElements(Buffer.concat([bytes("02 01 05"), long])).map(({ tag, content }) => [tag, content.length]),
    ).toEqual([
      [2, 1],
      [4, 128],
    ]);
    expect(readElements(bytes(""))).toEqual([]);
  });

  it.each([
    ["an indefinite length", "30 80 02 01 05 00 00"],
    ["a length in more octets than needed", "04 81 01 00"],
    ["a length with a leading zero octet", "04 82 00 80"],
    ["a length of four octets", "04 84 00 00 00 01 00"],
    ["content that ends early", "04 05 00"],
    ["a length that ends early", "04 82 01"],
    ["a tag alone", "04"],
    ["a tag of several bytes", "1f 85 01 00"],
  ])("refuses %s", (_, hex) => {
    expect(() => readElements(bytes(hex))).toThrow(DerError);
  });
});

describe("readObjectIdentifier", () => {
  it.each([
    ["55 1d 11", "2.5.29.17"],
    ["2b 06 01 05 05 07 03 02", "1.3.6.1.5.5.7.3.2"],
    ["88 37", "2.999"],
  ])("reads %s as %s", (hex, expected) => {
    expect(readObjectIdentifier(element(derTag.objectIdentifier, hex))).toBe(expected);
  });

  it.each([
    ["nothing", ""],
    ["an arc that does not end", "55 9d"],
    ["a padded arc", "55 80 1d"],
    ["an oversized arc", `55${"ff".repeat(9)}7f`],
  ])("refuses %s", (_, hex) => {
    expect(() => readObjectIdentifier(element(derTag.objectIdentifier, hex))).toThrow(DerError);
  });
});

describe("readBitNumbers", () => {
  it("numbers bits from the most significant", () => {
    expect([...readBitNumbers(element(derTag.bitString, "07 80"))]).toEqual([0]);
    expect([...readBitNumbers(element(derTag.bitString, "01 06"))]).toEqual([5, 6]);
    expect([...readBitNumbers(element(derTag.bitString, "07 00 80"))]).toEqual([8]);
    expect([...readBitNumbers(element(derTag.bitString, "00"))]).toEqual([]);
  });

  it.each(["", "08 80", "01"])("refuses %j", (hex) => {
    expect(() => readBitNumbers(element(derTag.bitString, hex))).toThrow(DerError);
  });
});

describe("readBoolean", () => {
  it("knows DER's two values and no other", () => {
    expect(readBoolean(element(derTag.boolean, "ff"))).toBe(true);
    expect(readBoolean(element(derTag.boolean, "00"))).toBe(false);
    for (const hex of ["01", "ffff", ""]) expect(() => readBoolean(element(derTag.boolean, hex))).toThrow(DerError);
  });
});

describe("readAscii", () => {
  it.each(["a\0b", "a\nb", "a b", "caf\u00e9", "\u0430"])("refuses %j", (name) => {
    expect(() => readAscii(Buffer.from(name))).toThrow(DerError);
  });
});

describe("readTime", () => {
  it.each([
    [text(derTag.utcTime, "300101120000Z"), "2030-01-01T12:00:00.000Z"],
    [text(derTag.utcTime, "700101120000Z"), "1970-01-01T12:00:00.000Z"],
    [text(derTag.generalizedTime, "20500101120000Z"), "2050-01-01T12:00:00.000Z"],
  ])("reads %j", (time, expected) => {
    expect(readTime(time).toISOString()).toBe(expected);
  });

  it.each([
    ["a month of 13", text(derTag.utcTime, "301301120000Z")],
    ["an offset", text(derTag.utcTime, "300101120000+0000")],
    ["no seconds", text(derTag.utcTime, "3001011200Z")],
    ["fractions", text(derTag.generalizedTime, "20500101120000.5Z")],
    ["another tag", text(derTag.octetString, "20500101120000Z")],
    ["nothing", undefined],
  ])("refuses %s", (_, time) => {
    expect(() => readTime(time)).toThrow(DerError);
  });
});
