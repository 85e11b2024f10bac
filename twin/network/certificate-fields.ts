import { randomBytes } from "node:crypto";
import { realNow } from "../clock";

/** How far back a certificate begins, for peers whose clock is behind. */
const margin = 3_600_000;

/** Validity from an hour ago, for `lifetime` milliseconds of real time: TLS libraries do not follow the twin's clock. */
export function certificateValidity(lifetime: number): { notBefore: Date; notAfter: Date } {
  const now = realNow();
  return { notBefore: new Date(now - margin), notAfter: new Date(now + lifetime) };
}

/** Sixteen random bytes in hexadecimal, as a positive number (RFC 5280 §4.1.2.2). */
export function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}
