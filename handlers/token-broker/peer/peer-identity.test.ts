import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from "@peculiar/x509";
import { createAuthority, issueLeaf, type KeyPairWithCertificate, type LeafOptions } from "../testing/certificates";
import { identifyPeer } from "./peer-identity";

const spiffe = (value: string): JsonGeneralName => ({ type: "url", value });
const dns = (value: string): JsonGeneralName => ({ type: "dns", value });
const id = "spiffe://ailab.com/dev/batch-job";

let authority: KeyPairWithCertificate;
beforeAll(async () => {
  authority = await createAuthority("Machines");
});

const identify = async (options: LeafOptions) => identifyPeer((await issueLeaf(authority, options)).der, new Date());

/** A subjectAltName extension of raw GeneralName bytes, for what a well-behaved encoder would refuse. */
function rawNames(...names: readonly { readonly tag: number; readonly value: Buffer }[]): Extension {
  const encoded = Buffer.concat(
    names.map(({ tag, value }) => Buffer.concat([Buffer.from([tag, value.length]), value])),
  );
  return new Extension("2.5.29.17", false, Buffer.concat([Buffer.from([0x30, encoded.length]), encoded]));
}

describe("identifyPeer", () => {
  it("reads names and fingerprint of an X.509-SVID", async () => {
    const leaf = await issueLeaf(authority, { commonName: "batch", names: [spiffe(id), dns("Batch.Ailab.com")] });
    expect(identifyPeer(leaf.der, new Date())).toEqual({
      ok: true,
      peer: {
        spiffeId: id,
        uriSans: [id],
        dnsNames: ["batch.ailab.com"],
        subjectDn: "CN=batch",
        sha256Fingerprint: Buffer.from(await leaf.certificate.getThumbprint("SHA-256")).toString("hex"),
        notAfter: new Date(Math.floor(leaf.certificate.notAfter.getTime() / 1000) * 1000),
        subject: "CN=batch",
        issuer: "CN=Machines",
        serialNumber: expect.stringMatching(/^[0-9A-F]+$/),
      },
    });
  });

  it("takes a certificate without key usage, and with several URIs when none is a SPIFFE ID", async () => {
    expect(await identify({ keyUsage: false })).toMatchObject({ ok: true });
    expect(await identify({ names: [spiffe("https://a.example/1"), spiffe("https://a.example/2")] })).toMatchObject({
      ok: true,
      peer: { spiffeId: undefined },
    });
  });

  it("wants of an SVID a key usage, and critical", async () => {
    const refused = { ok: false, reason: "certificate_key_usage" };
    expect(await identify({ names: [spiffe(id)], keyUsage: false })).toEqual(refused);
    const notCritical = new KeyUsagesExtension(KeyUsageFlags.digitalSignature, false);
    expect(await identify({ names: [spiffe(id)], keyUsage: false, moreExtensions: [notCritical] })).toEqual(refused);
  });

  it("refuses names that another reader may pass over: an empty subject, and an extension that is not critical", async () => {
    const names = new SubjectAlternativeNameExtension([spiffe(id)], true);
    const empty = { subject: "" };
    expect(await identify({ ...empty, names: [spiffe(id)] })).toEqual({ ok: false, reason: "certificate_malformed" });
    expect(await identify({ ...empty, moreExtensions: [names] })).toMatchObject({ ok: true, peer: { spiffeId: id } });
  });

  it.each<[string, LeafOptions, string]>([
    ["an authority's certificate", { ca: true }, "certificate_is_ca"],
    [
      "a key that signs certificates",
      { keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign },
      "certificate_key_usage",
    ],
    [
      "a key that signs revocation lists",
      { keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.cRLSign },
      "certificate_key_usage",
    ],
    ["a key that only enciphers", { keyUsage: KeyUsageFlags.keyEncipherment }, "certificate_key_usage"],
    ["a server's certificate", { extendedKeyUsage: [ExtendedKeyUsage.serverAuth] }, "certificate_extended_key_usage"],
    ["a certificate without extended key usage", { extendedKeyUsage: false }, "certificate_extended_key_usage"],
    ["a certificate of the past", { notAfter: new Date(Date.now() - 1_000) }, "certificate_expired"],
    ["a certificate of the future", { notBefore: new Date(Date.now() + 60_000) }, "certificate_not_yet_valid"],
    ["two SPIFFE IDs", { names: [spiffe(id), spiffe("spiffe://ailab.com/prod/deployer")] }, "certificate_spiffe_id"],
    ["a SPIFFE ID beside another URI", { names: [spiffe("https://a.example/"), spiffe(id)] }, "certificate_spiffe_id"],
    ["a trust domain alone", { names: [spiffe("spiffe://ailab.com")] }, "certificate_spiffe_id"],
    ["a SPIFFE ID in upper case", { names: [spiffe("SPIFFE://ailab.com/dev/batch-job")] }, "certificate_spiffe_id"],
    ["dots in a SPIFFE ID", { names: [spiffe("spiffe://ailab.com/prod/../dev/batch-job")] }, "certificate_spiffe_id"],
  ])("refuses %s", async (_, options, reason) => {
    expect(await identify(options)).toEqual({ ok: false, reason });
  });

  it("does not take a name apart that holds the separator of Node's own text form", async () => {
    // CVE-2021-44532: in a text, this one URI would read as two names.
    const result = await identify({ names: [spiffe(`https://a.example/,URI:${id}`), dns("x.example")] });
    expect(result).toMatchObject({ ok: true, peer: { spiffeId: undefined, dnsNames: ["x.example"] } });
  });

  it.each([
    ["a NUL", Buffer.from(`${id}\0.example`)],
    ["a line break", Buffer.from(`${id}\n`)],
    ["a letter beyond ASCII", Buffer.from("spiffe://ailab.com/d\u00e9v")],
  ])("refuses a name with %s as malformed", async (_, value) => {
    expect(await identify({ moreExtensions: [rawNames({ tag: 0x86, value })] })).toEqual({
      ok: false,
      reason: "certificate_malformed",
    });
  });

  it("refuses two extensions of one kind, where another reader might take the other one", async () => {
    const twice = await identify({
      names: [dns("a.example")],
      moreExtensions: [rawNames({ tag: 0x86, value: Buffer.from(id) })],
    });
    expect(twice).toEqual({ ok: false, reason: "certificate_malformed" });
    expect(await identify({ moreExtensions: [new BasicConstraintsExtension(true)] })).toEqual({
      ok: false,
      reason: "certificate_malformed",
    });
  });

  it("refuses bytes that are no certificate, and never throws on a damaged one", async () => {
    const { der } = await issueLeaf(authority, { names: [spiffe(id)] });
    const malformed = { ok: false, reason: "certificate_malformed" };
    expect(identifyPeer(Buffer.alloc(0), new Date())).toEqual(malformed);
    expect(identifyPeer(Buffer.from("hello"), new Date())).toEqual(malformed);
    expect(identifyPeer(Buffer.concat([der, Buffer.from([0])]), new Date())).toEqual(malformed);
    for (let length = 1; length < der.length; length += 7) {
      expect(identifyPeer(der.subarray(0, length), new Date())).toEqual(malformed);
    }
    for (let position = 0; position < der.length; position++) {
      const damaged = Buffer.from(der);
      damaged[position] = (damaged[position] ?? 0) ^ 0x80;
      expect(() => identifyPeer(damaged, new Date())).not.toThrow();
    }
  });
});
