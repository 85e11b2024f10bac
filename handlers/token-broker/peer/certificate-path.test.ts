import "reflect-metadata";
import { ExtendedKeyUsage, Extension, KeyUsageFlags } from "@peculiar/x509";
import fc from "fast-check";
import {
  createAuthority,
  issueLeaf,
  type KeyPairWithCertificate,
  type LeafOptions,
  x509Of,
} from "../testing/certificates";
import { clientAuthentication, validatePath } from "./certificate-path";

let root: KeyPairWithCertificate;
beforeAll(async () => {
  root = await createAuthority("Root");
});

const intermediateOptions: LeafOptions = {
  commonName: "Site",
  ca: true,
  keyUsage: KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign,
  extendedKeyUsage: false,
};

interface Presented {
  readonly leaf: KeyPairWithCertificate;
  readonly intermediates?: readonly KeyPairWithCertificate[];
  readonly anchors?: readonly KeyPairWithCertificate[];
}

const validate = ({ leaf, intermediates = [], anchors = [root] }: Presented, now = new Date()) =>
  validatePath({
    leaf: leaf.der,
    intermediates: intermediates.map(({ der }) => der),
    anchors: anchors.map(x509Of),
    now,
    purpose: clientAuthentication,
  });

describe("validatePath", () => {
  it("finds the anchor, directly and by way of intermediates in any order", async () => {
    const site = await issueLeaf(root, intermediateOptions);
    const room = await issueLeaf(site, { ...intermediateOptions, commonName: "Room" });
    const direct = validate({ leaf: await issueLeaf(root) });
    const deep = validate({ leaf: await issueLeaf(room), intermediates: [site, room] });
    for (const result of [direct, deep]) expect(result.ok && result.anchor.subject).toBe("CN=Root");
  });

  it("tells when the first certificate of the path ends", async () => {
    const soon = new Date(Date.now() + 3_600_000);
    const site = await issueLeaf(root, { ...intermediateOptions, notAfter: soon });
    const result = validate({ leaf: await issueLeaf(site), intermediates: [site] });
    expect(result.ok && Math.abs(result.notAfter.getTime() - soon.getTime())).toBeLessThan(1_000);
  });

  it("is not taken in by an authority of the same name with another key", async () => {
    const impostor = await createAuthority("Root");
    const leaf = await issueLeaf(impostor);
    expect(validate({ leaf })).toEqual({ ok: false, reason: "no_path" });
    expect(validate({ leaf, intermediates: [impostor] })).toEqual({ ok: false, reason: "no_path" });
  });

  it("does not take the leaf for its own authority", async () => {
    expect(validate({ leaf: root })).toEqual({ ok: false, reason: "no_path" });
  });

  it.each<[string, LeafOptions, string]>([
    ["is no authority", { ca: false }, "not_an_authority"],
    ["may not sign certificates", { keyUsage: KeyUsageFlags.digitalSignature }, "not_an_authority"],
    ["has expired", { notAfter: new Date(Date.now() - 1_000) }, "expired"],
    ["is not yet valid", { notBefore: new Date(Date.now() + 60_000) }, "not_yet_valid"],
    ["is for servers only", { extendedKeyUsage: [ExtendedKeyUsage.serverAuth] }, "purpose"],
    [
      "has name constraints that cannot be read",
      { moreExtensions: [new Extension("2.5.29.30", false, Buffer.from("3000", "hex"))] },
      "name_constraints",
    ],
    [
      "has a critical extension that nobody reads",
      { moreExtensions: [new Extension("1.2.3.4", true, Buffer.from("0500", "hex"))] },
      "unknown_critical_extension",
    ],
  ])("refuses a path through an authority that %s", async (_, options, reason) => {
    const site = await issueLeaf(root, { ...intermediateOptions, ...options });
    expect(validate({ leaf: await issueLeaf(site), intermediates: [site] })).toEqual({ ok: false, reason });
  });

  it("refuses a longer path than an authority allows", async () => {
    const site = await issueLeaf(root, { ...intermediateOptions, pathLength: 0 });
    const room = await issueLeaf(site, { ...intermediateOptions, commonName: "Room" });
    expect(validate({ leaf: await issueLeaf(site), intermediates: [site] }).ok).toBe(true);
    expect(validate({ leaf: await issueLeaf(room), intermediates: [room, site] })).toEqual({
      ok: false,
      reason: "path_too_long",
    });
  });

  it("takes the good one of two paths", async () => {
    const expired = await issueLeaf(root, { ...intermediateOptions, notAfter: new Date(Date.now() - 1_000) });
    const leaf = await issueLeaf(expired);
    const renewed = await issueLeaf(root, { ...intermediateOptions, keys: expired.keys });
    expect(validate({ leaf, intermediates: [expired, renewed] }).ok).toBe(true);
  });

  it("bounds what a chain of look-alikes can cost", async () => {
    const many = await Promise.all(Array.from({ length: 8 }, () => createAuthority("Root")));
    const leaf = await issueLeaf(await createAuthority("Root"));
    const anchors = (await Promise.all(Array.from({ length: 60 }, () => createAuthority("Root")))).concat(root);
    expect(validate({ leaf, intermediates: many, anchors })).toEqual({ ok: false, reason: "no_path" });
    const flood = Array.from({ length: 9 }, () => root);
    expect(validate({ leaf, intermediates: flood })).toEqual({ ok: false, reason: "path_too_long" });
  });

  it("answers every damaged certificate, and believes none", async () => {
    const leaf = await issueLeaf(root);
    fc.assert(
      fc.property(fc.nat(leaf.der.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
        const damaged = Buffer.from(leaf.der);
        damaged[position] = (damaged[position] ?? 0) ^ change;
        const input = { intermediates: [], anchors: [x509Of(root)], now: new Date(), purpose: clientAuthentication };
        expect(validatePath({ leaf: damaged, ...input }).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
