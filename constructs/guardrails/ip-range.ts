import { isIP } from "node:net";
import type { Construct } from "constructs";
import { requireProperty } from "../federation/property-error";

/**
 * Whether the text is an address range in CIDR form whose host bits are zero: `192.0.2.0/24` is one, `192.0.2.1/24` is
 * refused by Access Context Manager. Source: RFC 4632 section 3.1, RFC 4291 section 2.3.
 */
export function isAddressRange(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(length) || address.includes("%")) return false;
  const bits = version === 4 ? 32 : 128;
  if (Number(length) > bits) return false;
  const hostBits = BigInt(bits - Number(length));
  return (version === 4 ? ipv4(address) : ipv6(address)) % (1n << hostBits) === 0n;
}

/** @throws PropertyError for an empty list, which Google takes for "every address", and for what is no range */
export function requireAddressRanges(scope: Construct, property: string, ranges: readonly string[]): void {
  requireProperty(scope, property, "[]", ranges.length > 0, "expected at least one range: none means every address");
  for (const range of ranges) {
    const rule = "expected an address range in CIDR form with host bits of zero, such as 192.0.2.0/24";
    requireProperty(scope, property, range.slice(0, 80), isAddressRange(range), rule);
  }
}

const ipv4 = (address: string): bigint =>
  address.split(".").reduce((value, octet) => (value << 8n) + BigInt(Number(octet)), 0n);

/** An address that `isIP` has taken for one of version 6. */
function ipv6(address: string): bigint {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (embedded !== null) {
    const low = ipv4(embedded[2] ?? "");
    return ipv6(`${embedded[1] ?? ""}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [head = "", tail] = address.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array<string>(tail === undefined ? 0 : 8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) + BigInt(`0x${group}`), 0n);
}
