/**
 * The name constraints of the twin's server authority, as DER (RFC 5280 §4.2.1.10):
 * permitted is the DNS name localhost with all below it; excluded is every IP address, because names of a kind that no
 * constraint speaks of would all be allowed.
 *
 * @returns the whole extension: SEQUENCE { OID 2.5.29.30, critical TRUE, OCTET STRING { NameConstraints } }
 */
export function localhostNameConstraints(): Uint8Array<ArrayBuffer> {
  const permitted = element(0xa0, element(0x30, element(0x82, Buffer.from("localhost", "ascii"))));
  const excluded = element(
    0xa1,
    // Address and mask, all zero: every address, of version 4 and of version 6.
    Buffer.concat([element(0x30, element(0x87, Buffer.alloc(8))), element(0x30, element(0x87, Buffer.alloc(32)))]),
  );
  const objectIdentifier = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x1e]);
  const critical = Buffer.from([0x01, 0x01, 0xff]);
  const value = element(0x04, element(0x30, Buffer.concat([permitted, excluded])));
  return Uint8Array.from(element(0x30, Buffer.concat([objectIdentifier, critical, value])));
}

/** One DER element; all of ours are shorter than 128 bytes, so the length is one byte. */
function element(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}
