import fc from "fast-check";
import { isAddressRange } from "./ip-range";

describe("an address range", () => {
  it.each([
    "0.0.0.0/0",
    "192.0.2.0/24",
    "192.0.2.7/32",
    "10.128.0.0/9",
    "::/0",
    "2001:db8::/32",
    "2001:db8:51::/48",
    "::ffff:192.0.2.0/120",
    "::1/128",
  ])("is %s", (range) => {
    expect(isAddressRange(range)).toBe(true);
  });

  it.each([
    "",
    "192.0.2.0",
    "192.0.2.1/24",
    "192.0.2.0/33",
    "192.0.2.0/024",
    "192.0.2.0/-1",
    "192.0.2.0/24/1",
    "2001:db8::1/64",
    "2001:db8::/129",
    "fe80::%1/64",
    "example.com/24",
    "*",
  ])("is not %j", (range) => {
    expect(isAddressRange(range)).toBe(false);
  });

  it("has host bits of zero, whatever its length", () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.integer({ min: 0, max: 32 }), (address, length) => {
        const network = length === 0 ? 0 : (address & (0xffffffff << (32 - length))) >>> 0;
        const text = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
        expect(isAddressRange(`${text(network)}/${length}`)).toBe(true);
        expect(isAddressRange(`${text(address)}/${length}`)).toBe(network === address);
      }),
      { numRuns: 200 },
    );
  });
});
