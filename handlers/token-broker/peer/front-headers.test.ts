import { createHash } from "node:crypto";
import fc from "fast-check";
import { frontHeadersFor } from "../testing/broker-fixture";
import { createAuthority, issueLeaf, type KeyPairWithCertificate } from "../testing/certificates";
import { peerFromFront } from "./front-headers";

const id = "spiffe://ailab.com/dev/batch-job";
let leaf: KeyPairWithCertificate;
let other: KeyPairWithCertificate;
let headers: Record<string, string>;

const fingerprint = ({ der }: KeyPairWithCertificate) => createHash("sha256").update(der).digest("base64");

beforeAll(async () => {
  const authority = await createAuthority("Machines");
  leaf = await issueLeaf(authority, { names: [{ type: "url", value: id }] });
  other = await issueLeaf(authority, { names: [{ type: "url", value: "spiffe://ailab.com/prod/deployer" }] });
  headers = frontHeadersFor(leaf, fingerprint(leaf));
});

/** As Node delivers it: names as sent in rawHeaders, lower-case and joined in headers. */
function read(pairs: readonly (readonly [string, string])[]) {
  const joined: Record<string, string> = {};
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    joined[key] = key in joined ? `${joined[key]}, ${value}` : value;
  }
  return peerFromFront({ headers: joined, rawHeaders: pairs.flat() }, new Date());
}
const readWith = (changes: Record<string, string | undefined>) =>
  read(
    Object.entries({ ...headers, ...changes }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );

/** The leaf's header with one byte of the certificate changed. */
const damagedLeaf = () =>
  fc.tuple(fc.nat(leaf.der.length - 1), fc.integer({ min: 1, max: 255 })).map(([position, difference]) => {
    const der = Buffer.from(leaf.der);
    der[position] = (der[position] ?? 0) ^ difference;
    return `:${der.toString("base64")}:`;
  });

describe("peerFromFront", () => {
  it("reads the identity from the leaf, not from the header with the SPIFFE ID, which may be empty or forged", () => {
    for (const spiffeHeader of ["", "spiffe://ailab.com/prod/deployer"]) {
      expect(readWith({ "x-client-cert-spiffe-id": spiffeHeader })).toMatchObject({ ok: true, peer: { spiffeId: id } });
    }
  });

  it("takes the fingerprint with base64 padding and without, and an absent error", () => {
    const padded = fingerprint(leaf);
    expect(padded).toMatch(/=$/);
    expect(readWith({ "x-client-cert-sha256-fingerprint": padded.replace("=", "") })).toMatchObject({ ok: true });
    expect(readWith({ "x-client-cert-error": undefined })).toMatchObject({ ok: true });
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ["nothing is said of a certificate", { "x-client-cert-present": undefined }, "certificate_missing"],
    ["no certificate was present", { "x-client-cert-present": "false" }, "certificate_missing"],
    ["presence is said otherwise", { "x-client-cert-present": "True" }, "certificate_missing"],
    ["the front resolves nothing", { "x-client-cert-present": "" }, "certificate_missing"],
    ["the chain was not verified", { "x-client-cert-chain-verified": "false" }, "certificate_chain_not_verified"],
    ["nothing is said of the chain", { "x-client-cert-chain-verified": undefined }, "certificate_chain_not_verified"],
    [
      "there was an error",
      { "x-client-cert-error": "client_cert_validation_failed" },
      "certificate_chain_not_verified",
    ],
    ["the leaf is missing", { "x-client-cert-leaf": undefined }, "front_headers_malformed"],
    ["the leaf has no colons", { "x-client-cert-leaf": "MIIB" }, "front_headers_malformed"],
    ["the leaf is no base64", { "x-client-cert-leaf": ":M!IB:" }, "front_headers_malformed"],
    ["the leaf is two", { "x-client-cert-leaf": ":MIIB:, :MIIB:" }, "front_headers_malformed"],
    ["the leaf is no certificate", { "x-client-cert-leaf": ":MIIB:" }, "certificate_malformed"],
    ["the fingerprint is missing", { "x-client-cert-sha256-fingerprint": undefined }, "front_headers_malformed"],
    ["the fingerprint is short", { "x-client-cert-sha256-fingerprint": "AAAA" }, "front_headers_malformed"],
    [
      "the fingerprint is hexadecimal",
      { "x-client-cert-sha256-fingerprint": "00".repeat(32) },
      "front_headers_malformed",
    ],
    ["it came through the people's front", { "x-goog-iap-jwt-assertion": "" }, "iap_assertion_present"],
  ])("refuses when %s", (_, changes, reason) => {
    expect(readWith(changes)).toEqual({ ok: false, reason });
  });

  it("refuses a leaf that is not the one of the fingerprint", () => {
    expect(readWith({ "x-client-cert-leaf": `:${other.der.toString("base64")}:` })).toEqual({
      ok: false,
      reason: "certificate_fingerprint_mismatch",
    });
  });

  it("answers any values, and believes none but the right ones", () => {
    const value = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.base64String().map((text) => `:${text}:`),
      fc.constantFrom("true", "TRUE", "1", " true", "true, true", "", "::", ":", fingerprint(other)),
      damagedLeaf(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(headers)), value, (name, text) => {
        fc.pre(
          text !== headers[name] && !(name === "x-client-cert-sha256-fingerprint" && `${text}=` === headers[name]),
        );
        expect(readWith({ [name]: text }).ok).toBe(name === "x-client-cert-error" && text === "");
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(Object.keys(frontHeadersFor({ der: Buffer.alloc(0) }, "")))("refuses %s twice, in any case", (name) => {
    const duplicate = [name.toUpperCase(), headers[name] ?? ""] as const;
    expect(read([...Object.entries(headers), duplicate])).toEqual({ ok: false, reason: "front_headers_duplicated" });
    expect(read([duplicate, ...Object.entries(headers)])).toEqual({ ok: false, reason: "front_headers_duplicated" });
  });
});
