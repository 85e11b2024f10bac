import { type Certificate, extensionIds, subjectAltNamesOf } from "./certificate";
import { type DerElement, DerError, derTag, readAscii, readElements, readInside, readObjectIdentifier } from "./der";
import { distinguishedName } from "./distinguished-name";

/** Tags of the GeneralNames that are processed (RFC 5280 §4.2.1.6). */
const form = {
  email: derTag.primitive(1),
  dns: derTag.primitive(2),
  directory: derTag.constructed(4),
  uri: derTag.primitive(6),
  ip: derTag.primitive(7),
} as const;

/** What an authority may, and may not, name: bases of subtrees, each a GeneralName. */
interface Subtrees {
  readonly permitted: readonly DerElement[];
  readonly excluded: readonly DerElement[];
}

/** Comparisons of a name with a constraint: a certificate can hold thousands of names. */
const mostComparisons = 50_000;

/**
 * Whether an authority may name what stands in a certificate below it (RFC 5280 §4.2.1.10 and §6.1.4 (g)). What is
 * constrained and cannot be compared is not permitted: other forms of names, malformed names, malformed constraints, and
 * excluded directory names, of which many spellings mean the same.
 */
export function mayName(authority: Certificate, below: Certificate): boolean {
  const extension = authority.extensions.get(extensionIds.nameConstraints);
  if (extension === undefined) return true;
  try {
    const { permitted, excluded } = readSubtrees(extension.value);
    const names = namesOf(below);
    if (names.length * (permitted.length + excluded.length) > mostComparisons) return false;
    return names.every((name) => {
      const isOfForm = ({ tag }: DerElement) => tag === name.tag;
      const wanted = permitted.filter(isOfForm);
      const unwanted = excluded.filter(isOfForm);
      if (wanted.length === 0 && unwanted.length === 0) return true;
      if (name.tag === form.directory && unwanted.length > 0) return false;
      // All are compared, so that a malformed one is seen.
      const isWanted = wanted.map((base) => isWithin(name, base)).includes(true);
      const isUnwanted = unwanted.map((base) => isWithin(name, base) || mayStandFor(name, base)).includes(true);
      return !isUnwanted && (isWanted || wanted.length === 0);
    });
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

function readSubtrees(value: Uint8Array): Subtrees {
  const [constraints, ...trailing] = readElements(value);
  const lists = readInside(constraints, derTag.sequence);
  const listOf = (number: number) => lists.find(({ tag }) => tag === derTag.constructed(number));
  const [permitted, excluded] = [listOf(0), listOf(1)];
  const isWhole =
    lists.length > 0 && lists.length === [permitted, excluded].filter((list) => list !== undefined).length;
  if (!isWhole || trailing.length > 0) throw new DerError("expected permitted or excluded subtrees");
  return { permitted: basesOf(permitted), excluded: basesOf(excluded) };
}

function basesOf(list: DerElement | undefined): readonly DerElement[] {
  if (list === undefined) return [];
  const bases = readElements(list.content).map((subtree) => {
    const [base, ...distances] = readInside(subtree, derTag.sequence);
    // Minimum is 0, which DER leaves out, and there is no maximum.
    if (base === undefined || distances.length > 0) throw new DerError("expected a base alone");
    return base;
  });
  if (bases.length === 0) throw new DerError("expected at least one subtree");
  return bases;
}

const emailAddress = "1.2.840.113549.1.9.1";

/** Alternative names, the subject where it is not empty, and the subject's mail addresses. */
function namesOf(certificate: Certificate): readonly DerElement[] {
  const { subject } = certificate;
  const alternative = subjectAltNamesOf(certificate) ?? [];
  if (subject.length === 0) return alternative;
  const attributes = readElements(subject).flatMap((relative) => readInside(relative, derTag.set));
  const addresses = attributes.flatMap((attribute) => {
    const [type, value] = readInside(attribute, derTag.sequence);
    return value !== undefined && readObjectIdentifier(type) === emailAddress
      ? [{ tag: form.email, content: value.content }]
      : [];
  });
  return [...alternative, { tag: form.directory, content: wrapped(derTag.sequence, subject) }, ...addresses];
}

/** An element around its content, which is shorter than 16 MiB. */
function wrapped(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const octets = [length >> 16, (length >> 8) & 0xff, length & 0xff];
  const shortest = octets.slice(octets.findIndex((octet) => octet !== 0));
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 + shortest.length, ...shortest];
  return Buffer.concat([Buffer.from(header), content]);
}

/** @throws {DerError} For a name or a base that cannot be compared. */
function isWithin(name: DerElement, base: DerElement): boolean {
  switch (name.tag) {
    case form.dns:
      return isDnsWithin(readAscii(name.content), readAscii(base.content));
    case form.uri:
      return isHostWithin(hostOfUri(readAscii(name.content)), hostConstraint(readAscii(base.content)));
    case form.email:
      return isEmailWithin(readAscii(name.content), readAscii(base.content));
    case form.ip:
      return isAddressWithin(name.content, base.content);
    case form.directory:
      return isDirectoryNameWithin(name.content, base.content);
    default:
      throw new DerError("names of this form are not compared");
  }
}

const label = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?";
const host = new RegExp(`^(${label}\\.)*${label}$`, "i");

/** Zero or more labels before the base; at least one where it begins with a dot. A wildcard's own domain must be within. */
function isDnsWithin(name: string, base: string): boolean {
  if (!host.test(name.replace(/^\*\./, "")) || !(base === "" || host.test(base.replace(/^\./, "")))) {
    throw new DerError("expected names of hosts");
  }
  const [one, other] = [name.toLowerCase(), base.toLowerCase()];
  return other === "" || one === other || one.endsWith(other.startsWith(".") ? other : `.${other}`);
}

/** Whether a wildcard can stand for a name within the base: `*.ailab.com` for one within `a.ailab.com`. */
function mayStandFor(name: DerElement, base: DerElement): boolean {
  if (name.tag !== form.dns) return false;
  const text = readAscii(name.content);
  const within = readAscii(base.content).replace(/^\./, "");
  return text.startsWith("*.") && within !== "" && isDnsWithin(within, text.slice(2));
}

/** A host, or, with a dot before it, everything below it. */
function hostConstraint(text: string): string {
  if (!host.test(text.replace(/^\./, ""))) throw new DerError("expected the name of a host");
  return text.toLowerCase();
}

const isHostWithin = (name: string, base: string): boolean =>
  base.startsWith(".") ? name.endsWith(base) : name === base;

/** RFC 5280 §4.2.1.10: a URI without a host that has a name must be refused where URIs are constrained. */
function hostOfUri(uri: string): string {
  const [, found = ""] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#@:]+)(?::\d*)?(?:[/?#].*)?$/i.exec(uri) ?? [];
  if (!host.test(found) || /^[\d.]+$/.test(found)) throw new DerError("expected a URI with a host that has a name");
  return found.toLowerCase();
}

function isEmailWithin(address: string, base: string): boolean {
  const [box, domain] = mailbox(address);
  if (!base.includes("@")) return isHostWithin(domain, hostConstraint(base));
  const [otherBox, otherDomain] = mailbox(base);
  return box === otherBox && domain === otherDomain;
}

function mailbox(text: string): readonly [box: string, domain: string] {
  const [box = "", domain = "", ...others] = text.split("@");
  if (box === "" || !host.test(domain) || others.length > 0) throw new DerError("expected a mail address");
  return [box, domain.toLowerCase()];
}

/** Address and mask in turn, as in RFC 4632. */
function isAddressWithin(address: Uint8Array, base: Uint8Array): boolean {
  if (address.length !== 4 && address.length !== 16) throw new DerError("expected an IP address");
  if (base.length !== 8 && base.length !== 32) throw new DerError("expected an IP address and its mask");
  const half = base.length / 2;
  const mask = base.subarray(half);
  const bits = [...mask].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  if (!/^1*0*$/.test(bits)) throw new DerError("expected a mask whose ones come first");
  if (address.length !== half) return false;
  return mask.every((octet, index) => ((address[index] ?? 0) & octet) === ((base[index] ?? 0) & octet));
}

/** By attributes from the first on, case for case, which takes fewer names for the same than RFC 5280 §7.1 does. */
function isDirectoryNameWithin(name: Uint8Array, base: Uint8Array): boolean {
  const relatives = relativeNames(name);
  return relativeNames(base).every((relative, index) => relative === relatives[index]);
}

function relativeNames(name: Uint8Array): readonly string[] {
  const [sequence, ...trailing] = readElements(name);
  if (trailing.length > 0) throw new DerError("expected one name");
  return readInside(sequence, derTag.sequence).map(({ tag, content }) => distinguishedName(wrapped(tag, content)));
}
