import { createHash } from "node:crypto";

/**
 * Ids that a cloud invents, derived from the identity of the resource: the same after every apply, and so in tests and
 * demonstrations. They are no secrets.
 */
export const digestOf = (identity: string, purpose: string): string =>
  createHash("sha256").update(`${identity}\n${purpose}`).digest("hex");

/** A UUID, version 4 by its form (RFC 9562 §5.4). */
export function uuidOf(identity: string, purpose: string): string {
  const hex = digestOf(identity, purpose);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** `length` decimal digits, the first a 1. */
export function digitsOf(identity: string, purpose: string, length: number): string {
  const value = BigInt(`0x${digestOf(identity, purpose)}`) % 10n ** BigInt(length - 1);
  return `1${value.toString().padStart(length - 1, "0")}`;
}

/** A fingerprint or etag: base64, eight bytes. */
export const fingerprintOf = (identity: string, purpose = "fingerprint"): string =>
  Buffer.from(digestOf(identity, purpose).slice(0, 16), "hex").toString("base64");

/** RFC 3339, in seconds. */
export const timestamp = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");

/** RFC 3339: when everything in the twin was made, as far as its attributes tell; a clock would change them at each start. */
export const creationTime = timestamp(Date.UTC(2026, 0, 1));
