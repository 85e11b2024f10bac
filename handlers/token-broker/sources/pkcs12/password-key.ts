import { createHash } from "node:crypto";

/** What the derived bytes are for: RFC 7292 appendix B.3. */
export const passwordKeyPurpose = { encryption: 1, initializationVector: 2, mac: 3 } as const;

/** Bytes of a hash's input block, which the derivation works in. */
const blockBytes: Readonly<Record<string, number>> = { sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128 };

/** How often a hash may be repeated at a file's word: some seconds' worth, and ten times what is advised. */
export const longestDerivation = 5_000_000;

/**
 * Derives bytes from a password as PKCS#12 does.
 * Source: RFC 7292 appendix B.2.
 *
 * @param hash Name as node:crypto has it.
 * @param length Bytes wanted.
 */
export function passwordKey(options: {
  readonly hash: string;
  readonly password: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly purpose: number;
  readonly length: number;
}): Buffer {
  const { hash, salt, iterations, purpose, length } = options;
  const block = blockBytes[hash];
  if (block === undefined) throw new RangeError(`no block size is known for ${hash}`);
  // Two bytes a character, the higher first, and a NUL at the end (appendix B.1).
  const password = Buffer.from(`${options.password}\0`, "utf16le").swap16();
  const diversifier = Buffer.alloc(block, purpose);
  const input = Buffer.concat([repeated(salt, block), repeated(password, block)]);
  const parts: Buffer[] = [];
  for (let size = 0; size < length; ) {
    let digest = createHash(hash).update(diversifier).update(input).digest();
    for (let round = 1; round < iterations; round++) digest = createHash(hash).update(digest).digest();
    parts.push(digest);
    size += digest.length;
    const addend = repeated(digest, block).subarray(0, block);
    for (let offset = 0; offset < input.length; offset += block)
      addPlusOne(input.subarray(offset, offset + block), addend);
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** The bytes again and again, up to the next multiple of the block. */
function repeated(bytes: Uint8Array, block: number): Buffer {
  const length = block * Math.ceil(bytes.length / block);
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes);
}

/** target = target + addend + 1, as big-endian numbers of the same size that wrap round. */
function addPlusOne(target: Buffer, addend: Buffer): void {
  let carry = 1;
  for (let index = target.length - 1; index >= 0; index--) {
    const sum = target.readUInt8(index) + addend.readUInt8(index) + carry;
    target.writeUInt8(sum & 0xff, index);
    carry = sum >> 8;
  }
}
