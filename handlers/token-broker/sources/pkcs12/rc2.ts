/** Fixed permutation of the bytes, from the digits of pi. */
const permutation = Buffer.from(
  [
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2",
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82",
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626",
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7",
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec",
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731",
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9",
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad",
  ].join(""),
  "hex",
);
const permuted = (index: number): number => permutation.readUInt8(index & 0xff);

/** How far each of the four words is turned in a mixing round. */
const turns = [1, 2, 3, 5] as const;
const blockBytes = 8;

/**
 * Decrypts RC2 in CBC mode and takes the padding off. Old tools hide certificates with it, which anybody may see, and Node's
 * OpenSSL no longer has it. Nothing secret is ever encrypted or decrypted here: keys go another way.
 * Source: RFC 2268.
 *
 * @param effectiveBits How much of the key counts.
 * @throws {RangeError} When the blocks or the padding are not whole.
 */
export function decryptRc2Cbc(encrypted: Uint8Array, key: Uint8Array, iv: Uint8Array, effectiveBits: number): Buffer {
  if (encrypted.length === 0 || encrypted.length % blockBytes !== 0) throw new RangeError("expected whole blocks");
  const words = expandedKey(key, effectiveBits);
  const plain = Buffer.alloc(encrypted.length);
  let previous = iv;
  for (let offset = 0; offset < encrypted.length; offset += blockBytes) {
    const block = encrypted.subarray(offset, offset + blockBytes);
    decryptRc2Block(block, words).forEach((byte, index) => {
      plain.writeUInt8(byte ^ (previous[index] ?? 0), offset + index);
    });
    previous = block;
  }
  const padding = plain.readUInt8(plain.length - 1);
  const isWhole = padding >= 1 && padding <= blockBytes && plain.subarray(-padding).every((byte) => byte === padding);
  if (!isWhole) throw new RangeError("expected padding");
  return plain.subarray(0, -padding);
}

/** Section 2: 64 words of 16 bits. */
export function expandedKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  const bytes = Buffer.alloc(128);
  bytes.set(key);
  for (let index = key.length; index < 128; index++) {
    bytes.writeUInt8(permuted(bytes.readUInt8(index - 1) + bytes.readUInt8(index - key.length)), index);
  }
  const effectiveBytes = Math.ceil(effectiveBits / 8);
  const mask = 0xff >> (8 * effectiveBytes - effectiveBits);
  const first = 128 - effectiveBytes;
  bytes.writeUInt8(permuted(bytes.readUInt8(first) & mask), first);
  for (let index = first - 1; index >= 0; index--) {
    bytes.writeUInt8(permuted(bytes.readUInt8(index + 1) ^ bytes.readUInt8(index + effectiveBytes)), index);
  }
  return Uint16Array.from({ length: 64 }, (_, index) => bytes.readUInt16LE(2 * index));
}

/** Section 4: five, six and five mixing rounds backwards, with a mashing round between each two. */
export function decryptRc2Block(block: Uint8Array, key: Uint16Array): Buffer {
  const words = Uint16Array.from({ length: 4 }, (_, index) => Buffer.from(block).readUInt16LE(2 * index));
  const word = (index: number): number => words[index & 3] ?? 0;
  let next = 63;
  const mixBack = (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      for (let index = 3; index >= 0; index--) {
        const turn = turns[index & 3] ?? 0;
        const turned = (word(index) >>> turn) | (word(index) << (16 - turn));
        const mixed = (word(index + 3) & word(index + 2)) + (~word(index + 3) & word(index + 1));
        words[index] = turned - (key[next--] ?? 0) - mixed;
      }
    }
  };
  const mashBack = () => {
    for (let index = 3; index >= 0; index--) words[index] = word(index) - (key[word(index + 3) & 63] ?? 0);
  };
  mixBack(5);
  mashBack();
  mixBack(6);
  mashBack();
  mixBack(5);
  const plain = Buffer.alloc(blockBytes);
  words.forEach((value, index) => {
    plain.writeUInt16LE(value, 2 * index);
  });
  return plain;
}
