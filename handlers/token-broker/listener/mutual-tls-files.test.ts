import { ConfigurationError } from "../../runtime";
import { createAuthority, issueLeaf, type KeyPairWithCertificate, temporaryFolder } from "../testing/certificates";
import { readMutualTlsFiles } from "./mutual-tls-files";

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
