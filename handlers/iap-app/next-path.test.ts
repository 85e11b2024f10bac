import { safeNextPath } from "./next-path";

const origin = "https://dev.ailab.com";

it.each([
  ["/", "/"],
  ["/service-desk", "/service-desk"],
  ["/service-desk/tickets/3?view=all&x=1", "/service-desk/tickets/3?view=all&x=1"],
  ["/a/../service-desk", "/service-desk"],
  ["/search?q=https://evil.example/", "/search?q=https://evil.example/"],
  ["/x#part", "/x"],
])("takes %j as %j", (next, expected) => {
  expect(safeNextPath(next)).toBe(expected);
});

it.each([
  "",
  "service-desk",
  "https://evil.example/",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/..//evil.example",
  "/.//evil.example",
  "/%2e%2e//evil.example",
  "/x/..//evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "\t//evil.example",
  " //evil.example",
  "/\u0000",
  "/path with space",
  "/ünïcode",
  "javascript:alert(1)",
  "/?gcp-iap-mode=CLEAR_LOGIN_COOKIE",
  "/x?a=1&gcp%2Diap-mode=CLEAR_LOGIN_COOKIE",
  `/${"x".repeat(3000)}`,
])("refuses %j", (next) => {
  expect(safeNextPath(next)).toBeUndefined();
});

it("never yields what a browser resolves to another site, whatever the mixture of slashes, dots and escapes", () => {
  const parts = ["/", "\\", ".", "..", "%2e", "%2f", "%5c", "@", ":", "?", "#", "evil.example", "\t", "https:"];
  let accepted = 0;
  for (let number = 0; number < parts.length ** 4; number += 1) {
    let rest = number;
    let next = "/";
    for (let position = 0; position < 4; position += 1) {
      next += parts[rest % parts.length];
      rest = Math.floor(rest / parts.length);
    }
    const path = safeNextPath(next);
    if (path === undefined) continue;
    accepted += 1;
    if (new URL(path, origin).origin !== origin) throw new Error(`${next} leads to ${new URL(path, origin).origin}`);
  }
  expect(accepted).toBeGreaterThan(1000);
});
