import { type DerElement, DerError, derTag, readElements, readInside, readObjectIdentifier } from "./der";

/** Short names of RFC 4514 §3; other types are written as object identifiers. */
const shortNames: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
};

/**
 * A Name as the string of RFC 4514: the last attribute first, special characters escaped, so that no value can pass for
 * several attributes.
 *
 * @param name Content of the Name's SEQUENCE.
 * @throws {DerError}
 */
export function distinguishedName(name: Uint8Array): string {
  return readElements(name)
    .map((relative) => {
      if (relative.tag !== derTag.set || relative.content.length === 0) throw new DerError("expected a set");
      return readElements(relative.content).map(attribute).join("+");
    })
    .reverse()
    .join(",");
}

function attribute(element: DerElement): string {
  const [type, value, ...others] = readInside(element, derTag.sequence);
  if (value === undefined || others.length > 0) throw new DerError("expected type and value");
  const id = readObjectIdentifier(type);
  return `${shortNames[id] ?? id}=${escaped(text(value))}`;
}

const fatalUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function text({ tag, content }: DerElement): string {
  switch (tag) {
    case derTag.utf8String:
      try {
        return fatalUtf8.decode(content);
      } catch {
        throw new DerError("name is not UTF-8");
      }
    case derTag.printableString:
    case derTag.ia5String: {
      const ascii = Buffer.from(content).toString("latin1");
      if (!/^[\x20-\x7e]*$/.test(ascii)) throw new DerError("name holds characters other than printable ASCII");
      return ascii;
    }
    case derTag.bmpString:
      if (content.length % 2 !== 0) throw new DerError("name is not UTF-16");
      return Buffer.from(content).swap16().toString("utf16le");
    default:
      throw new DerError(`name of string type 0x${tag.toString(16)}`);
  }
}

/** RFC 4514 §2.4. Control characters are escaped as well, which it allows: a name goes into logs and one-line answers. */
function escaped(value: string): string {
  return value
    .replace(/["+,;<>\\]|^[ #]| $/g, "\\$&")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
      [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, "0").toUpperCase()}`).join(""),
    );
}

/**
 * Whether {@link distinguishedName} could have written the text: names are compared as texts, and RFC 4514 has several for
 * the same name.
 */
export function isDistinguishedName(text: string): boolean {
  // At commas and plus signs with an even number of backslashes before them.
  return text.split(/(?<=(?:^|[^\\])(?:\\\\)*)[,+]/).every((attribute) => {
    const [, type = "", value = ""] = /^([A-Z]+|[0-2](?:\.[0-9]+)+)=(.*)$/s.exec(attribute) ?? [];
    const isKnown = Object.values(shortNames).includes(type);
    return (isKnown || (type.includes(".") && shortNames[type] === undefined)) && escaped(unescaped(value)) === value;
  });
}

const unescaped = (value: string): string =>
  value.replace(
    /(?:\\[0-9A-F]{2})+|\\(.)/gs,
    (sequence, character?: string) => character ?? Buffer.from(sequence.replaceAll("\\", ""), "hex").toString("utf8"),
  );
