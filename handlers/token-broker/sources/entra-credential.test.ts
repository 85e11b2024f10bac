import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigurationError } from "../../runtime";
import {
  createAuthority,
  createEntraCertificate,
  type KeyPairWithCertificate,
  temporaryFolder,
} from "../testing/certificates";
import { type EntraCredentialFiles, readEntraCredential } from "./entra-credential";

const folder = temporaryFolder();
afterAll(() => folder.remove());

let pair: KeyPairWithCertificate;
let keyFile: string;
let certificateFile: string;
beforeAll(async () => {
  pair = await createEntraCertificate();
  keyFile = folder.write("key.pem", pair.keyPem);
  certificateFile = folder.write("certificate.pem", pair.certificatePem);
});

function problemsOf(files: EntraCredentialFiles): readonly string[] {
  try {
    readEntraCredential(files, new Date());
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error("expected a ConfigurationError");
}

describe("readEntraCredential", () => {
  it("gives key, end and the base64url SHA-256 thumbprint", async () => {
    const credential = readEntraCredential({ certificateFile, keyFile }, new Date());
    expect(credential.key.type).toBe("private");
    expect(credential.certificateThumbprint).toBe(
      Buffer.from(await pair.certificate.getThumbprint("SHA-256")).toString("base64url"),
    );
    expect(credential.notAfter.getTime()).toBeGreaterThan(Date.now());
  });

  it("takes the first certificate of a chain", async () => {
    const authority = await createAuthority("Corporate");
    const chain = folder.write("chain.pem", pair.certificatePem + authority.certificatePem);
    expect(readEntraCredential({ certificateFile: chain, keyFile }, new Date()).certificateThumbprint).toHaveLength(43);
  });

  it("names the file that cannot be read, with the reason and without its path", () => {
    expect(problemsOf({ certificateFile: `${certificateFile}.absent`, keyFile })).toEqual([
      "source.certificateFile: cannot read the file (ENOENT)",
    ]);
    expect(problemsOf({ certificateFile, keyFile: `${keyFile}.absent` })).toEqual([
      "source.keyFile: cannot read the file (ENOENT)",
    ]);
  });

  it("names the file that holds something else, never its content", () => {
    const garbage = folder.write("garbage.pem", "not a key: hunter2");
    expect(problemsOf({ certificateFile: garbage, keyFile })).toEqual([
      "source.certificateFile: expected a PEM certificate",
    ]);
    expect(problemsOf({ certificateFile, keyFile: garbage })).toEqual([
      "source.keyFile: expected a PEM private key, unencrypted or with source.passwordFile",
    ]);
    expect(problemsOf({ certificateFile, keyFile: certificateFile })).toEqual([
      "source.keyFile: expected a PEM private key, unencrypted or with source.passwordFile",
    ]);
  });

  it("refuses another key's certificate", async () => {
    const other = folder.write("other.pem", (await createEntraCertificate()).certificatePem);
    expect(problemsOf({ certificateFile: other, keyFile })).toEqual([
      "source.certificateFile: expected the certificate of the key in source.keyFile, got another key's",
    ]);
  });

  it("refuses a key that PS256 cannot use", () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    for (const pem of [weak, elliptic]) {
      expect(problemsOf({ certificateFile, keyFile: folder.write("weak.pem", String(pem)) })).toContain(
        "source.keyFile: expected an RSA key of at least 2048 bits, which PS256 needs",
      );
    }
  });

  it("refuses a certificate that has ended or not begun", async () => {
    const validities = [{ notAfter: new Date(Date.now() - 60_000) }, { notBefore: new Date(Date.now() + 60_000) }];
    for (const validity of validities) {
      const dated = await createEntraCertificate(validity);
      const files = {
        certificateFile: folder.write("dated.pem", dated.certificatePem),
        keyFile: folder.write("dated-key.pem", dated.keyPem),
      };
      expect(problemsOf(files)).toEqual([
        expect.stringMatching(
          /^source\.certificateFile: expected a certificate that is valid now, got one from \d{4}-.*Z to /,
        ),
      ]);
    }
  });

  it("says of a certificate whether it is only too early for it", async () => {
    const mayPass = async (validity: Parameters<typeof createEntraCertificate>[0], ofKey = true) => {
      const dated = await createEntraCertificate(validity);
      const files = {
        certificateFile: folder.write("dated.pem", dated.certificatePem),
        keyFile: ofKey ? folder.write("dated-key.pem", dated.keyPem) : keyFile,
      };
      try {
        readEntraCredential(files, new Date());
      } catch (error) {
        return error instanceof ConfigurationError && error.mayPass;
      }
      return undefined;
    };
    expect(await mayPass({ notBefore: new Date(Date.now() + 60_000) })).toBe(true);
    expect(await mayPass({ notAfter: new Date(Date.now() - 60_000) })).toBe(false);
    expect(await mayPass({ notBefore: new Date(Date.now() + 60_000) }, false)).toBe(false);
  });

  describe("from a PKCS#12 file", () => {
    const password = folder.write("password", "correct horse\n");
    const exported = (...options: string[]) => {
      const output = folder.write("entra.p12", "");
      const fixed = ["pkcs12", "-export", "-in", certificateFile, "-inkey", keyFile, "-out", output];
      execFileSync("openssl", [...fixed, "-passout", "pass:correct horse", ...options], { stdio: "pipe" });
      return output;
    };

    it("gives the same as from PEM files, the password's file ending in a line break", () => {
      const fromPem = readEntraCredential({ certificateFile, keyFile }, new Date());
      const credential = readEntraCredential({ pkcs12File: exported(), passwordFile: password }, new Date());
      expect(credential.certificateThumbprint).toBe(fromPem.certificateThumbprint);
      expect(credential.key.equals(fromPem.key)).toBe(true);
    });

    it.each<[string, () => EntraCredentialFiles, string]>([
      [
        "a wrong password",
        () => ({ pkcs12File: exported(), passwordFile: folder.write("wrong", "hunter2") }),
        "source.pkcs12File: source.passwordFile does not open it",
      ],
      [
        "a password that is not there",
        () => ({ pkcs12File: exported(), passwordFile: "/absent" }),
        "source.passwordFile: cannot read the file (ENOENT)",
      ],
      [
        "a file that is not there",
        () => ({ pkcs12File: "/absent", passwordFile: password }),
        "source.pkcs12File: cannot read the file (ENOENT)",
      ],
      [
        "something else",
        () => ({ pkcs12File: certificateFile, passwordFile: password }),
        "source.pkcs12File: expected a PKCS#12 file in DER with a MAC",
      ],
      [
        "a file without the key",
        () => ({ pkcs12File: exported("-nokeys"), passwordFile: password }),
        "source.pkcs12File: expected a private key in it, there is none",
      ],
    ])("says in one line what is wrong with %s", (_, files, problem) => {
      expect(problemsOf(files())).toEqual([problem]);
    });
  });

  it("opens an encrypted PEM key with its password", () => {
    const encrypted = createPrivateKey(readFileSync(keyFile)).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "correct horse",
    });
    const files = { certificateFile, keyFile: folder.write("encrypted.pem", String(encrypted)) };
    const passwordFile = folder.write("password", "correct horse");
    expect(readEntraCredential({ ...files, passwordFile }, new Date()).key.type).toBe("private");
    expect(problemsOf(files)).toEqual([
      "source.keyFile: expected a PEM private key, unencrypted or with source.passwordFile",
    ]);
    expect(problemsOf({ ...files, passwordFile: folder.write("wrong", "hunter2") })).toEqual([
      "source.keyFile: expected a PEM private key that the password opens",
    ]);
  });
});
