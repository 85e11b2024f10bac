import { generateKeyPairSync } from "node:crypto";
import { PropertyError } from "./property-error";
import { exampleAuthorityPem, exampleLeafPem } from "./testing/example-authority";
import { trustStore } from "./trust-store";

const place = { node: { path: "dev/machines" } };
const anchors = (...trustAnchors: string[]) => trustStore(place, { trustAnchors });

describe("a trust store", () => {
  it("holds certificates alone, whatever stands around them", () => {
    const { trustStore: store } = anchors(`subject=CN = Example\n${exampleAuthorityPem}trailing text`);
    expect(store).toEqual({ trustAnchors: [{ pemCertificate: exampleAuthorityPem }] });
  });

  it("refuses a private key without repeating it", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const refused = () => anchors(`${exampleAuthorityPem}${pem}`);
    expect(refused).toThrow(
      new PropertyError(
        "dev/machines",
        "trustAnchors",
        "a PEM text",
        "it holds a private key; give the certificate alone",
      ),
    );
  });

  it.each<[string, readonly string[], RegExp]>([
    ["no anchor", [], /1 to 3 certificates/],
    ["four anchors", Array.from({ length: 4 }, () => exampleAuthorityPem), /1 to 3 certificates/],
    ["two certificates in one text", [exampleAuthorityPem.repeat(2)], /expected one certificate/],
    ["no PEM", ["MII"], /expected one certificate/],
    ["a broken certificate", [exampleAuthorityPem.replace(/\n(.{8})/, "\nAAAAAAAA")], /RFC 5280/],
    ["a certificate that is no authority's", [exampleLeafPem], /authority/],
    [
      "a certificate of more than 32 KB",
      [exampleAuthorityPem.replace("-----\n", `-----\n${"A".repeat(32_768)}\n`)],
      /32768 bytes/,
    ],
  ])("is refused with %s", (_, trustAnchors, rule) => {
    expect(() => trustStore(place, { trustAnchors })).toThrow(rule);
  });

  it("is refused with eleven certificates between", () => {
    const intermediates = Array.from({ length: 11 }, () => exampleAuthorityPem);
    expect(() => trustStore(place, { trustAnchors: [exampleAuthorityPem], intermediates })).toThrow(/at most 10/);
  });
});
