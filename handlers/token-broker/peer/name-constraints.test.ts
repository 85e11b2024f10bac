import "reflect-metadata";
import { Extension, type JsonGeneralNames } from "@peculiar/x509";
import fc from "fast-check";
import {
  authorityKeyUsage,
  createAuthority,
  issueLeaf,
  type KeyPairWithCertificate,
  x509Of,
} from "../testing/certificates";
import { parseCertificate } from "./certificate";
import { clientAuthentication, validatePath } from "./certificate-path";
import { mayName } from "./name-constraints";

let root: KeyPairWithCertificate;
beforeAll(async () => {
  root = await createAuthority("Root");
});

const element = (tag: number, content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
};
const dns = (text: string) => element(0x82, text);
const uri = (text: string) => element(0x86, text);
const email = (text: string) => element(0x81, text);
const ip = (hexadecimal: string) => element(0x87, Buffer.from(hexadecimal, "hex"));
/** CN=..., as a directoryName. */
const directory = (commonName: string) => {
  const attribute = Buffer.concat([Buffer.from("0603550403", "hex"), element(0x0c, commonName)]);
  return element(0xa4, element(0x30, element(0x31, element(0x30, attribute))));
};
const list = (tag: number, bases: readonly Buffer[]) =>
  bases.length === 0 ? Buffer.alloc(0) : element(tag, Buffer.concat(bases.map((base) => element(0x30, base))));

interface Constraints {
  readonly permitted?: readonly Buffer[];
  readonly excluded?: readonly Buffer[];
}
const extension = ({ permitted = [], excluded = [] }: Constraints) =>
  element(0x30, Buffer.concat([list(0xa0, permitted), list(0xa1, excluded)]));

const authorityWith = (value: Buffer) =>
  issueLeaf(root, {
    commonName: "Site",
    ca: true,
    keyUsage: authorityKeyUsage,
    extendedKeyUsage: false,
    moreExtensions: [new Extension("2.5.29.30", true, value)],
  });

async function isNamed(constraints: Constraints | Buffer, names: JsonGeneralNames, subject = "CN=client") {
  const authority = await authorityWith(Buffer.isBuffer(constraints) ? constraints : extension(constraints));
  const leaf = await issueLeaf(root, { names, subject });
  return mayName(parseCertificate(authority.der), parseCertificate(leaf.der));
}

const host = (value: string): JsonGeneralNames => [{ type: "dns", value }];
const spiffe = (value: string): JsonGeneralNames => [{ type: "url", value }];

describe("mayName", () => {
  it.each<[string, Constraints, JsonGeneralNames, boolean]>([
    ["a host within", { permitted: [dns("ailab.com")] }, host("a.b.AILAB.com"), true],
    ["the host itself", { permitted: [dns("ailab.com")] }, host("ailab.com"), true],
    ["a host that only ends alike", { permitted: [dns("ailab.com")] }, host("notailab.com"), false],
    [
      "the host itself, where only what is below it may be",
      { permitted: [dns(".ailab.com")] },
      host("ailab.com"),
      false,
    ],
    ["a host below", { permitted: [dns(".ailab.com")] }, host("a.ailab.com"), true],
    ["one of two hosts elsewhere", { permitted: [dns("ailab.com")] }, [...host("ailab.com"), ...host("b.com")], false],
    ["any host, by an empty base", { permitted: [dns("")] }, host("a.b"), true],
    ["a host that is excluded", { excluded: [dns("prod.ailab.com")] }, host("x.prod.ailab.com"), false],
    [
      "a host that is both",
      { permitted: [dns("ailab.com")], excluded: [dns("a.ailab.com")] },
      host("a.ailab.com"),
      false,
    ],
    ["a wildcard that covers what is excluded", { excluded: [dns("a.ailab.com")] }, host("*.ailab.com"), false],
    ["a wildcard beside what is excluded", { excluded: [dns("a.ailab.com")] }, host("*.b.ailab.com"), true],
    ["names of a form that is not constrained", { permitted: [dns("ailab.com")] }, spiffe("spiffe://b.com/x"), true],
    ["an ID of the trust domain", { permitted: [uri("ailab.com")] }, spiffe("spiffe://ailab.com/a"), true],
    ["an ID of one below it", { permitted: [uri("ailab.com")] }, spiffe("spiffe://x.ailab.com/a"), false],
    [
      "an ID of one below, where these may be",
      { permitted: [uri(".ailab.com")] },
      spiffe("spiffe://x.ailab.com/a"),
      true,
    ],
    ["an ID that only looks alike", { permitted: [uri("ailab.com")] }, spiffe("spiffe://b.com/ailab.com"), false],
    ["a URI with the host as its user", { permitted: [uri("ailab.com")] }, spiffe("https://ailab.com@b.com/"), false],
    ["a URI without a host", { permitted: [uri("ailab.com")] }, spiffe("urn:ailab.com"), false],
    [
      "a URI with an address, which nobody can exclude by name",
      { excluded: [uri("ailab.com")] },
      spiffe("https://192.0.2.1/"),
      false,
    ],
    ["an address within", { permitted: [ip("c0000200ffffff00")] }, [{ type: "ip", value: "192.0.2.7" }], true],
    ["an address outside", { permitted: [ip("c0000200ffffff00")] }, [{ type: "ip", value: "192.0.3.7" }], false],
    ["an address of the other family", { permitted: [ip("c0000200ffffff00")] }, [{ type: "ip", value: "::1" }], false],
    [
      "an address beside what is excluded",
      { excluded: [ip("c0000200ffffff00")] },
      [{ type: "ip", value: "192.0.3.7" }],
      true,
    ],
    [
      "a mail address at the host",
      { permitted: [email("ailab.com")] },
      [{ type: "email", value: "a@AILAB.com" }],
      true,
    ],
    ["a mail address below", { permitted: [email("ailab.com")] }, [{ type: "email", value: "a@x.ailab.com" }], false],
    ["another mailbox", { permitted: [email("a@ailab.com")] }, [{ type: "email", value: "A@ailab.com" }], false],
    ["the subject", { permitted: [directory("client")] }, [], true],
    ["another subject", { permitted: [directory("other")] }, [], false],
    ["any subject, where one is excluded, for it has many spellings", { excluded: [directory("other")] }, [], false],
  ])("decides on %s", async (_, constraints, names, expected) => {
    expect(await isNamed(constraints, names)).toBe(expected);
  });

  it.each([100, 130, 300])("compares subjects of any length, in any type of string: %d characters", async (length) => {
    const subject = `CN=client, OU=${"u".repeat(60)}, O=${"o".repeat(length - 60)}`;
    expect(await isNamed({ permitted: [directory("client")] }, [], subject)).toBe(true);
    expect(await isNamed({ permitted: [directory("Client")] }, [], subject)).toBe(false);
  });

  it("does not take a part of a name for the whole", async () => {
    expect(await isNamed({ permitted: [directory("client")] }, [], "CN=client2")).toBe(false);
    expect(await isNamed({ permitted: [directory("client")] }, [], "O=ailab, CN=client")).toBe(false);
  });

  it("takes mail addresses of the subject for mail addresses", async () => {
    const subject = "E=a@b.com, CN=client";
    expect(await isNamed({ permitted: [email("ailab.com")] }, [], subject)).toBe(false);
    expect(await isNamed({ permitted: [email("b.com")] }, [], subject)).toBe(true);
  });

  it.each([
    ["nothing", "3000"],
    ["no sequence", "0500"],
    ["an empty list", "3002a000"],
    ["a distance", "300aa0083006820161810101"],
    ["two lists of a kind", "300ea00530038201 61a00530038201 61".replaceAll(" ", "")],
    ["something else", "30020500"],
    ["bytes behind it", "3007a005300382016100"],
  ])("permits nothing where the constraints hold %s", async (_, hexadecimal) => {
    expect(await isNamed(Buffer.from(hexadecimal, "hex"), host("a"))).toBe(false);
  });

  it("bounds what a certificate with many names can cost", async () => {
    const names = Array.from({ length: 3_000 }, (_, number) => ({
      type: "dns" as const,
      value: `a${number}.ailab.com`,
    }));
    const leaf = parseCertificate((await issueLeaf(root, { names })).der);
    const one = parseCertificate((await authorityWith(extension({ permitted: [dns("ailab.com")] }))).der);
    expect(mayName(one, leaf)).toBe(true);
    const bases = Buffer.concat(Array.from({ length: 20 }, (_, number) => element(0x30, dns(`${number}.com`))));
    const many = element(0xa1, bases).subarray(2);
    const value = Buffer.concat([Buffer.from([0x30, 0x81, many.length + 3, 0xa1, 0x81, many.length]), many]);
    expect(mayName(parseCertificate((await authorityWith(value)).der), leaf)).toBe(false);
  });

  it("answers any constraints", async () => {
    const good = extension({ permitted: [dns("ailab.com"), uri("ailab.com")], excluded: [ip("c0000200ffffff00")] });
    const leaf = parseCertificate(
      (await issueLeaf(root, { names: [...host("b.com"), ...spiffe("spiffe://b/x")] })).der,
    );
    const authority = parseCertificate((await authorityWith(good)).der);
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([position, octet]) => {
      const bytes = Buffer.from(good);
      bytes[position] = octet;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 40 })), (value) => {
        const extensions = new Map([["2.5.29.30", { critical: true, value }]]);
        expect(typeof mayName({ ...authority, extensions }, leaf)).toBe("boolean");
      }),
      { numRuns: 500 },
    );
  });
});

describe("a path with name constraints", () => {
  const validate = (leaf: KeyPairWithCertificate, ...intermediates: readonly KeyPairWithCertificate[]) =>
    validatePath({
      leaf: leaf.der,
      intermediates: intermediates.map(({ der }) => der),
      anchors: [x509Of(root)],
      now: new Date(),
      purpose: clientAuthentication,
    });

  it("is good for the names that the authority may give, and for no others", async () => {
    const site = await authorityWith(extension({ permitted: [uri("ailab.com")] }));
    expect(validate(await issueLeaf(site, { names: spiffe("spiffe://ailab.com/a") }), site).ok).toBe(true);
    const foreign = await issueLeaf(site, { names: spiffe("spiffe://partner.example/a") });
    expect(validate(foreign, site)).toEqual({ ok: false, reason: "name_constraints" });
  });

  it("is not good where the leaf itself has them", async () => {
    const moreExtensions = [new Extension("2.5.29.30", true, extension({ permitted: [dns("ailab.com")] }))];
    expect(validate(await issueLeaf(root, { moreExtensions }))).toEqual({ ok: false, reason: "name_constraints" });
  });
});
