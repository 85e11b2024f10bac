import { createHash } from "node:crypto";

/** Namespace of all ids that Keyless makes from names. */
const namespace = Buffer.from("7c1f4b7e2b0c4b439c5d0f7a4a1c9e52", "hex");

/** The same UUID for the same name, always: version 5 of RFC 9562 §5.5. */
export function stableUuid(name: string): string {
  const bytes = createHash("sha1").update(namespace).update(name, "utf8").digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
