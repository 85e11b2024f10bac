import { decode, ExtensionCodec, encode } from "@msgpack/msgpack";
import { z } from "zod";
import type { Json } from "../../../analysis";
import { UNKNOWN } from "../rules/resource-rules";

/** Extension types of MessagePack under which Terraform writes a value that is not known yet: plain, and with what is known of it. */
const unknownType = 0;
const refinedUnknownType = 12;

const extensions = new ExtensionCodec();
extensions.register({
  type: unknownType,
  encode: (value) => (value === UNKNOWN ? new Uint8Array([0]) : null),
  decode: () => UNKNOWN,
});
extensions.register({ type: refinedUnknownType, encode: () => null, decode: () => UNKNOWN });

const deepest = 64;

/** A value of Terraform on the wire: MessagePack, or JSON. */
export const dynamicValue = z
  .object({ msgpack: z.instanceof(Uint8Array), json: z.instanceof(Uint8Array) })
  .transform(({ msgpack, json }) => decodeValue(msgpack, json));

/** Reads a value; what is not known yet becomes UNKNOWN. An empty value is null. */
export function decodeValue(msgpack: Uint8Array, json: Uint8Array = new Uint8Array()): Json {
  if (msgpack.length > 0) return jsonOf(decode(msgpack, { extensionCodec: extensions }), 0);
  if (json.length > 0) return jsonOf(JSON.parse(Buffer.from(json).toString("utf8")), 0);
  return null;
}

/** Writes a value, UNKNOWN as Terraform writes it. */
export function encodeValue(value: Json): { readonly msgpack: Uint8Array } {
  return { msgpack: encode(value, { extensionCodec: extensions }) };
}

/** Holds what came over the wire to the shape of JSON; UNKNOWN stays the very object that marks it. */
function jsonOf(value: unknown, depth: number): Json {
  if (depth > deepest) throw new Error(`The value is nested deeper than ${deepest} levels`);
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (value === UNKNOWN) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, depth + 1));
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonOf(item, depth + 1)]));
  }
  throw new Error("The value holds what Terraform has no type for");
}
