import { generateKeyPairSync } from "node:crypto";
import { ConfigurationError } from "../../runtime";
import {
  createAuthority,
  createEntraCertificate,
  type KeyPairWithCertificate,
  temporaryFolder,
} from "../testing/certificates";
import { readEntraCredential } from "./entra-credential";

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

function problemsOf(files: { certificateFile: string; keyFile: string }): readonly string[] {
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
      "source.keyFile: expected a PEM unencrypted private key",
    ]);
    expect(problemsOf({ certificateFile, keyFile: certificateFile })).toEqual([
      "source.keyFile: expected a PEM unencrypted private key",
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
});
