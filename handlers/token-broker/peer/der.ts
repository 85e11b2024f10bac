/** The bytes are not the DER of what was expected. */
export class DerError extends Error {
  override readonly name = "DerError";
}

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Tags that certificates use (X.690 §8.1.2), single-byte form. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific: primitive 0x80 + n, constructed 0xa0 + n. */
  primitive: (number: number) => 0x80 + number,
  constructed: (number: number) => 0xa0 + number,
} as const;

/** The elements that lie one after another in the bytes. @throws {DerError} */
export function readElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const { element, end } = readElement(bytes, offset);
    elements.push(element);
    offset = end;
  }
  return elements;
}

/** The elements inside a constructed element. @throws {DerError} When the element is missing or has another tag. */
export function readInside(element: DerElement | undefined, tag: number): DerElement[] {
  return readElements(contentOf(element, tag));
}

/** @throws {DerError} When the element is missing or has another tag. */
export function contentOf(element: DerElement | undefined, tag: number): Uint8Array {
  if (element?.tag !== tag) throw new DerError(`expected tag 0x${tag.toString(16)}`);
  return element.content;
}

function readElement(bytes: Uint8Array, start: number): { element: DerElement; end: number } {
  const tag = byteAt(bytes, start);
  if ((tag & 0x1f) === 0x1f) throw new DerError("tags of several bytes are not used in certificates");
  const { length, offset } = readLength(bytes, start + 1);
  const end = offset + length;
  if (end > bytes.length) throw new DerError("element is longer than what holds it");
  return { element: { tag, content: bytes.subarray(offset, end) }, end };
}

/** DER knows one spelling of a length: definite and as short as can be (X.690 §10.1). */
function readLength(bytes: Uint8Array, start: number): { length: number; offset: number } {
  const first = byteAt(bytes, start);
  if (first < 0x80) return { length: first, offset: start + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 3) throw new DerError("indefinite or oversized length");
  let length = 0;
  for (let index = 1; index <= count; index++) length = length * 256 + byteAt(bytes, start + index);
  if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError("length is not in its shortest form");
  return { length, offset: start + 1 + count };
}

function byteAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw new DerError("unexpected end");
  return byte;
}

export function readBoolean(element: DerElement | undefined): boolean {
  const content = contentOf(element, derTag.boolean);
  if (content.length !== 1 || (content[0] !== 0x00 && content[0] !== 0xff)) throw new DerError("boolean");
  return content[0] === 0xff;
}

/** A number of up to four bytes, not negative. @throws {DerError} */
export function readInteger(element: DerElement | undefined): number {
  const content = contentOf(element, derTag.integer);
  const [first = 0x80, second = 0xff] = content;
  if (content.length > 4 || first >= 0x80 || (content.length > 1 && first === 0 && second < 0x80)) {
    throw new DerError("expected a small number in its shortest form");
  }
  return content.reduce((number, byte) => number * 256 + byte, 0);
}

/** Dotted form. @throws {DerError} */
export function readObjectIdentifier(element: DerElement | undefined): string {
  const arcs: number[] = [];
  let arc = 0;
  let open = false;
  for (const byte of contentOf(element, derTag.objectIdentifier)) {
    if (!open && byte === 0x80) throw new DerError("object identifier is not in its shortest form");
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER / 128) throw new DerError("object identifier has an oversized arc");
    open = byte >= 0x80;
    if (open) continue;
    if (arcs.length === 0) {
      const root = Math.min(2, Math.floor(arc / 40));
      arcs.push(root, arc - root * 40);
    } else {
      arcs.push(arc);
    }
    arc = 0;
  }
  if (open || arcs.length === 0) throw new DerError("object identifier ends early");
  return arcs.join(".");
}

/** The numbers of the bits that are set, of a named bit list. @throws {DerError} */
export function readBitNumbers(element: DerElement | undefined): ReadonlySet<number> {
  const [unused, ...octets] = contentOf(element, derTag.bitString);
  if (unused === undefined || unused > 7 || (octets.length === 0 && unused > 0)) throw new DerError("bit string");
  const bits = new Set<number>();
  octets.forEach((octet, index) => {
    for (let bit = 0; bit < 8; bit++) if ((octet & (0x80 >> bit)) !== 0) bits.add(index * 8 + bit);
  });
  return bits;
}

/** Printable ASCII, as names in a certificate must be: no NUL, line break or look-alike letter. @throws {DerError} */
export function readAscii(content: Uint8Array): string {
  const text = Buffer.from(content).toString("latin1");
  if (!/^[\x21-\x7e]*$/.test(text)) throw new DerError("name holds characters other than printable ASCII");
  return text;
}

/** UTCTime or GeneralizedTime in the forms that RFC 5280 §4.1.2.5 allows: seconds, and Z. @throws {DerError} */
export function readTime(element: DerElement | undefined): Date {
  if (element === undefined) throw new DerError("expected a time");
  const text = Buffer.from(element.content).toString("latin1");
  const full = element.tag === derTag.utcTime ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (match === null || (element.tag !== derTag.utcTime && element.tag !== derTag.generalizedTime)) {
    throw new DerError("expected a time");
  }
  const [, year, month, day, hour, minute, second] = match;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time.getTime())) throw new DerError("expected a time");
  return time;
}
