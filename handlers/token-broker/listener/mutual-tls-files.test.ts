import { ConfigurationError } from "../../runtime";
import { createAuthority, issueLeaf, type KeyPairWithCertificate, temporaryFolder } from "../testing/certificates";
import { readMutualTlsFiles, refuseEndedCertificate } from "./mutual-tls-files";

const folder = temporaryFolder();
afterAll(() => folder.remove());

let authority: KeyPairWithCertificate;
let leaf: KeyPairWithCertificate;
beforeAll(async () => {
  authority = await createAuthority("CA 13");
  leaf = await issueLeaf(authority);
});

const files = (
  changes: { readonly certificateFile?: string; readonly keyFile?: string; readonly clientCaFile?: string } = {},
) => ({
  certificateFile: folder.write("server.pem", leaf.certificatePem),
  keyFile: folder.write("server-key.pem", leaf.keyPem),
  clientCaFile: folder.write("ca.pem", authority.certificatePem),
  ...changes,
});

function problemsOf(config: ReturnType<typeof files>): readonly string[] {
  try {
    readMutualTlsFiles(config);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error("expected a ConfigurationError");
}

describe("readMutualTlsFiles", () => {
  it("reads every authority of the file", async () => {
    const both = authority.certificatePem + (await createAuthority("CA 13.1")).certificatePem;
    const { authorities } = readMutualTlsFiles(files({ clientCaFile: folder.write("both.pem", both) })).trust;
    expect(authorities.map(({ subject }) => subject)).toEqual(["CN=CA 13", "CN=CA 13.1"]);
  });

  it.each(["certificateFile", "keyFile", "clientCaFile"] as const)("names %s when it is not there", (field) => {
    expect(problemsOf(files({ [field]: "/absent/file.pem" }))).toEqual([
      `listener.${field}: cannot read the file (ENOENT)`,
    ]);
  });

  it("refuses a key that is another certificate's", async () => {
    const other = folder.write("other-key.pem", (await issueLeaf(authority)).keyPem);
    expect(problemsOf(files({ keyFile: other }))).toEqual([
      "listener.certificateFile: expected the certificate of the key in listener.keyFile, got another key's",
    ]);
  });

  it("refuses a list of authorities that is empty or holds a leaf: it would trust nobody, or one client as an authority", () => {
    const problem = "listener.clientCaFile: expected at least one certificate, each an authority's (CA:TRUE)";
    expect(problemsOf(files({ clientCaFile: folder.write("empty.pem", "") }))).toEqual([problem]);
    expect(problemsOf(files({ clientCaFile: folder.write("leaf.pem", leaf.certificatePem) }))).toEqual([problem]);
  });

  it("refuses a broken certificate behind the first", () => {
    const broken = `${leaf.certificatePem}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`;
    expect(problemsOf(files({ certificateFile: folder.write("broken.pem", broken) }))).toEqual([
      "listener.certificateFile: expected a PEM certificate",
    ]);
  });

  it("tells when the first certificate of the listener's chain ends", async () => {
    const end = new Date(Math.floor(Date.now() / 1000) * 1000 + 60_000);
    const site = await issueLeaf(authority, { ca: true, keyUsage: 0x20, notAfter: end });
    const chain = folder.write("chain.pem", leaf.certificatePem + site.certificatePem);
    const endOf = ({ firstToEnd }: ReturnType<typeof readMutualTlsFiles>) => new Date(firstToEnd.validTo);
    expect(endOf(readMutualTlsFiles(files({ certificateFile: chain })))).toEqual(end);
    expect(endOf(readMutualTlsFiles(files()))).toEqual(leaf.certificate.notAfter);
  });

  it("refuses a certificate that has ended, not one whose time has yet to come", async () => {
    const { certificate } = readMutualTlsFiles(files());
    const { notBefore, notAfter } = leaf.certificate;
    expect(() => refuseEndedCertificate({ certificate }, new Date(notBefore.getTime() - 60_000))).not.toThrow();
    expect(() => refuseEndedCertificate({ certificate }, notAfter)).not.toThrow();
    expect(() => refuseEndedCertificate({ certificate }, new Date(notAfter.getTime() + 1_000))).toThrow(
      "listener.certificateFile: expected a certificate that is still valid",
    );
  });

  it("keeps the bundles of trust domains apart, and checks each", async () => {
    const other = await createAuthority("CA of example.org");
    const trustDomains = [{ name: "example.org", caFile: folder.write("example.pem", other.certificatePem) }];
    const { trust } = readMutualTlsFiles({ ...files(), trustDomains });
    const subjects = (spiffeId?: string) => trust.anchorsFor(spiffeId).map(({ subject }) => subject);
    expect(subjects()).toEqual(["CN=CA 13"]);
    expect(subjects("spiffe://example.org/a")).toEqual(["CN=CA of example.org"]);
    expect(subjects("spiffe://ailab.com/a")).toEqual([]);
    const empty = [{ name: "example.org", caFile: folder.write("empty.pem", "") }];
    expect(() => readMutualTlsFiles({ ...files(), trustDomains: empty })).toThrow(
      "listener.trustDomains[0].caFile: expected at least one certificate, each an authority's (CA:TRUE)",
    );
  });
});
