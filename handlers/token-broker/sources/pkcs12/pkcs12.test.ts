import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import {
  createAuthority,
  createEntraCertificate,
  type KeyPairWithCertificate,
  temporaryFolder,
} from "../../testing/certificates";
import { readPkcs12 } from "./pkcs12";
import { Pkcs12Error } from "./pkcs12-error";

const folder = temporaryFolder();
afterAll(() => folder.remove());

let pair: KeyPairWithCertificate;
let other: KeyPairWithCertificate;
beforeAll(async () => {
  pair = await createEntraCertificate();
  other = await createAuthority("Corporate");
});

/** Written by OpenSSL. */
function pkcs12(options: readonly string[] = [], password = "correct horse"): Buffer {
  const certificate = folder.write("certificate.pem", pair.certificatePem);
  const key = folder.write("key.pem", pair.keyPem);
  const chain = folder.write("chain.pem", other.certificatePem);
  const output = folder.write("entra.p12", "");
  const fixed = ["pkcs12", "-export", "-in", certificate, "-inkey", key, "-certfile", chain, "-out", output];
  execFileSync("openssl", [...fixed, "-passout", `pass:${password}`, ...options], { stdio: "pipe" });
  return readFileSync(output);
}

const skip = (reason: string): void => void process.stderr.write(`skipped: ${reason}\n`);

const hasLegacyOpenSsl = (): boolean =>
  spawnSync("openssl", ["list", "-providers", "-provider", "legacy"], { stdio: "pipe" }).status === 0;

/** Written by Java; undefined where there is none. */
function keystore(type: string, options: readonly string[] = []): Buffer | undefined {
  const output = folder.write("keystore", "").replace(/keystore$/, `${type}${options.length}.keystore`);
  const key = ["-genkeypair", "-alias", "broker", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=broker"];
  const fixed = [...key, "-storetype", type, "-keystore", output, "-storepass", "correct horse"];
  const { error } = spawnSync("keytool", [...options, ...fixed], { stdio: "pipe" });
  return error === undefined ? readFileSync(output) : undefined;
}

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Pkcs12Error) return error.message;
    throw error;
  }
  return "none";
}

describe("readPkcs12", () => {
  it.each<[string, string[]]>([
    ["as OpenSSL writes it by default", []],
    ["with AES-128 and many iterations", ["-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC", "-iter", "100000"]],
    [
      "with triple DES and SHA-1, as tools of before write it",
      ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
    ],
    ["with a MAC by SHA-512", ["-macalg", "sha512"]],
    ["with certificates that are not encrypted", ["-certpbe", "NONE"]],
    ["with a key that is not encrypted", ["-keypbe", "NONE"]],
  ])("gives key and certificate of a file %s", (_, options) => {
    const { key, certificate } = readPkcs12(pkcs12(options), "correct horse");
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(certificate.raw.equals(pair.der)).toBe(true);
  });

  it.each<[string, string[]]>([
    ["OpenSSL 1.1 wrote it", []],
    ["some wrote it, with RC2 of 128 bits", ["-certpbe", "PBE-SHA1-RC2-128", "-keypbe", "PBE-SHA1-3DES"]],
  ])("gives key and certificate of a file as %s", (_, options) => {
    if (!hasLegacyOpenSsl()) return skip("openssl has no legacy provider");
    expect(readPkcs12(pkcs12(["-legacy", ...options]), "correct horse").certificate.raw.equals(pair.der)).toBe(true);
  });

  it.each<[string, string[]]>([
    ["today", []],
    ["version 8", ["-J-Dkeystore.pkcs12.legacy"]],
  ])("gives key and certificate of a keystore as Java's keytool of %s writes it", (_, options) => {
    const generated = keystore("PKCS12", options);
    if (generated === undefined) return skip("keytool is not installed");
    const { key, certificate } = readPkcs12(generated, "correct horse");
    expect(certificate.subject).toBe("CN=broker");
    expect(certificate.checkPrivateKey(key)).toBe(true);
  });

  it("knows a keystore of Java's own form", () => {
    const generated = keystore("JKS") ?? Buffer.from("feedfeed00000002", "hex");
    expect(faultOf(() => readPkcs12(generated, "correct horse"))).toBe("java_keystore");
  });

  it("does not take a key that RC2 protects", () => {
    if (!hasLegacyOpenSsl()) return skip("openssl has no legacy provider");
    const file = pkcs12(["-legacy", "-keypbe", "PBE-SHA1-RC2-40"]);
    expect(faultOf(() => readPkcs12(file, "correct horse"))).toBe("unsupported_algorithm of the key");
  });

  it.each(["", "p\u00e4ss w\u00f6rd \u20ac"])("takes the password %j", (password) => {
    expect(readPkcs12(pkcs12([], password), password).key.type).toBe("private");
  });

  it("tells a wrong password from a broken file", () => {
    const file = pkcs12();
    expect(faultOf(() => readPkcs12(file, "wrong"))).toBe("wrong_password");
    expect(faultOf(() => readPkcs12(file.subarray(0, 500), "correct horse"))).toBe("malformed");
    expect(faultOf(() => readPkcs12(Buffer.from("hello"), "correct horse"))).toBe("malformed");
  });

  it("does not take a file that nothing protects from being changed", () => {
    expect(faultOf(() => readPkcs12(pkcs12(["-nomac"]), "correct horse"))).toBe("malformed");
  });

  it("says that there is no key, or no certificate", () => {
    expect(faultOf(() => readPkcs12(pkcs12(["-nokeys"]), "correct horse"))).toBe("no_key");
    expect(faultOf(() => readPkcs12(pkcs12(["-nocerts"]), "correct horse"))).toBe("no_certificate");
  });

  it("is not kept busy by a file that asks for more work than is reasonable", () => {
    const file = pkcs12(["-iter", "65537"]);
    // 65537 as an integer, raised to some hundred million.
    const count = Buffer.from([0x02, 0x03, 0x01, 0x00, 0x01]);
    const at = file.lastIndexOf(count);
    const greedy = Buffer.from(file);
    greedy.writeUInt8(0x7f, at + 2);
    expect(faultOf(() => readPkcs12(greedy, "correct horse"))).toBe("malformed");
  });

  it("answers every damaged file with an error of its own, and gives no other key or certificate", () => {
    const file = pkcs12(["-iter", "1", "-maciter"]);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
        const damaged = Buffer.from(file);
        damaged.writeUInt8(damaged.readUInt8(position) ^ change, position);
        try {
          expect(readPkcs12(damaged, "correct horse").certificate.raw.equals(pair.der)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Pkcs12Error);
        }
      }),
      { numRuns: 400 },
    );
  });
});
