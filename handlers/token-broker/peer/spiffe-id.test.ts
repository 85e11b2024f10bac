import { isWorkloadSpiffeId } from "./spiffe-id";

const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

describe("isWorkloadSpiffeId", () => {
  it.each([
    "spiffe://ailab.com/dev/batch-job",
    "spiffe://10.0.0.1/a",
    "spiffe://a/...",
    "spiffe://a/.path",
    "spiffe://a/..path",
    `spiffe://${"a".repeat(255)}/b`,
    `spiffe://a/${"b".repeat(2048 - "spiffe://a/".length)}`,
  ])("takes %s", (id) => {
    expect(isWorkloadSpiffeId(id)).toBe(true);
  });

  it.each([
    "",
    "spiffe://",
    "spiffe:///path",
    "spiffe://ailab.com",
    "spiffe://ailab.com/",
    "spiffe://ailab.com/a/",
    "spiffe://ailab.com//a",
    "spiffe://ailab.com/./a",
    "spiffe://ailab.com/a/..",
    "spiffe://ailab.com/a?b",
    "spiffe://ailab.com/a#b",
    "spiffe://user@ailab.com/a",
    "spiffe://ailab.com:443/a",
    "spiffe://ailab.com/%61",
    "Spiffe://ailab.com/a",
    "spiffe://Ailab.com/a",
    "https://ailab.com/a",
    " spiffe://ailab.com/a",
    "spiffe://ailab.com/a\n",
    `spiffe://${"a".repeat(256)}/b`,
    `spiffe://a/${"b".repeat(2049 - "spiffe://a/".length)}`,
  ])("refuses %j", (id) => {
    expect(isWorkloadSpiffeId(id)).toBe(false);
  });

  it("allows in a trust domain exactly a-z, 0-9, '.', '_' and '-'", () => {
    const allowed = bytes.filter((character) => isWorkloadSpiffeId(`spiffe://x${character}y/path`));
    // "/" ends the trust domain and is no part of it.
    expect(allowed.join("")).toBe("-./0123456789_abcdefghijklmnopqrstuvwxyz");
  });

  it("allows in a path segment exactly letters, digits, '.', '_' and '-'", () => {
    const allowed = bytes.filter((character) => isWorkloadSpiffeId(`spiffe://x/p${character}q`));
    expect(allowed.join("")).toBe("-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
  });
});
