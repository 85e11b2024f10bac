import { ExtData, encode } from "@msgpack/msgpack";
import { UNKNOWN } from "../rules";
import { decodeValue, dynamicValue, encodeValue } from "./dynamic-value";

describe("values on the wire", () => {
  it.each([
    ["null", null],
    ["texts", ""],
    ["numbers", [0, -1, 1.5, 9_007_199_254_740_991]],
    ["objects", { a: [true, { b: null }], "": {} }],
  ])("come back as they were sent: %s", (_, value) => {
    expect(decodeValue(encodeValue(value).msgpack)).toEqual(value);
  });

  it("hold UNKNOWN itself wherever a value is not known, plain or with what is known of it", () => {
    const { msgpack } = encodeValue({ a: UNKNOWN, b: [UNKNOWN] });
    const decoded = decodeValue(msgpack);
    expect(decoded).toEqual({ a: UNKNOWN, b: [UNKNOWN] });
    expect(typeof decoded === "object" && decoded !== null && "a" in decoded && decoded.a === UNKNOWN).toBe(true);
    expect(decodeValue(encode(new ExtData(12, new Uint8Array([0x81, 1, 0xc2]))))).toBe(UNKNOWN);
    expect(decodeValue(encode(new ExtData(0, new Uint8Array([0]))))).toBe(UNKNOWN);
  });

  it("may be JSON, and are null where nothing was sent", () => {
    expect(dynamicValue.parse({ msgpack: new Uint8Array(), json: Buffer.from('{"a":1}') })).toEqual({ a: 1 });
    expect(dynamicValue.parse({ msgpack: new Uint8Array(), json: new Uint8Array() })).toBeNull();
  });

  it.each([
    ["bytes that are no text", encode(new Uint8Array([1]))],
    ["a timestamp", encode(new Date())],
    ["an extension that Terraform does not have", encode(new ExtData(7, new Uint8Array([1])))],
    ["a key that would change prototypes", Buffer.from([0x81, 0xa9, ...Buffer.from("__proto__"), 0x80])],
    ["nesting without end", Buffer.concat([Buffer.alloc(10_000, 0x91), Buffer.from([0xc0])])],
    ["half a value", Buffer.from([0x92, 0xc0])],
  ])("are refused when they hold %s", (_, bytes) => {
    expect(() => decodeValue(bytes)).toThrow(Error);
  });
});
