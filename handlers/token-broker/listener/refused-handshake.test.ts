import "reflect-metadata";
import { createAuthority, issueLeaf, x509Of } from "../testing/certificates";
import { explainRefusal } from "./refused-handshake";

const noIssuer = "UNABLE_TO_GET_ISSUER_CERT_LOCALLY";
const client = "the client certificate does not chain to a trusted authority";

describe("explainRefusal", () => {
  it("names the authority above a trusted one that is no root, for which OpenSSL looks in vain", async () => {
    const root = await createAuthority("Root 7");
    const site = await issueLeaf(root, { commonName: "Site", ca: true, keyUsage: 0x20, extendedKeyUsage: false });
    const leaf = await issueLeaf(site);
    expect(explainRefusal(x509Of(leaf), "UNABLE_TO_GET_ISSUER_CERT", [x509Of(site)])).toEqual({
      description: client,
      explanation:
        'the issuer "CN=Site" is trusted, but not the authority above it: expected "CN=Root 7" in the file of authorities as well',
    });
  });

  it("says when an authority has the name of a trusted one and another key: both names alone would look right", async () => {
    const leaf = await issueLeaf(await createAuthority("CA 13"));
    expect(explainRefusal(x509Of(leaf), noIssuer, [x509Of(await createAuthority("CA 13"))]).explanation).toBe(
      'the chain does not lead to a trusted authority: the presented issuer "CN=CA 13" has the name of a trusted one, and another key',
    );
  });

  it("shows the beginning of a name only, and that on one line: it is a stranger's", async () => {
    const leaf = await issueLeaf(await createAuthority(`A\nB${"x".repeat(20_000)}`));
    const { description, explanation } = explainRefusal(x509Of(leaf), noIssuer, [x509Of(await createAuthority("CA"))]);
    expect(description).toBe(client);
    expect(explanation.length).toBeLessThan(500);
    expect(explanation).not.toContain("\n");
  });

  it("gives OpenSSL's code for what has no words here", async () => {
    const leaf = await issueLeaf(await createAuthority("CA"));
    expect(explainRefusal(x509Of(leaf), "SUBJECT_ISSUER_MISMATCH", []).explanation).toBe(
      "the chain did not verify (SUBJECT_ISSUER_MISMATCH)",
    );
    expect(explainRefusal(undefined, "undefined", []).description).toBe("no client certificate was presented");
  });
});
