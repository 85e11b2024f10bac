import { createHash } from "node:crypto";
import { clientCertificateVariables } from "./client-certificate";
import { createTestAuthority, type TestLeaf } from "./testing/client-certificates";

async function variablesOf(leaf: TestLeaf) {
  const authority = await createTestAuthority("Machines");
  const { der } = await authority.issue(leaf);
  return { der, authority, variables: clientCertificateVariables({ leaf: der, others: [authority.der] }, undefined) };
}

describe("clientCertificateVariables", () => {
  it("encodes as Google documents", async () => {
    const { der, authority, variables } = await variablesOf({
      names: [
        { type: "url", value: "spiffe://example.com/dev/batch-job" },
        { type: "url", value: "https://example.com/a,b" },
        { type: "url", value: "urn:example:2" },
        { type: "dns", value: "one.example.com" },
        { type: "dns", value: "two.example.com" },
      ],
    });
    const decoded = (list: string | undefined) =>
      (list ?? "").split(",").map((part) => Buffer.from(part, "base64").toString());

    expect(variables).toMatchObject({
      client_cert_present: "true",
      client_cert_chain_verified: "true",
      client_cert_error: "",
      client_cert_sha256_fingerprint: createHash("sha256").update(der).digest("base64"),
      client_cert_serial_number: expect.stringMatching(/^[0-9a-f]+$/i),
      client_cert_spiffe_id: "spiffe://example.com/dev/batch-job",
      client_cert_leaf: `:${der.toString("base64")}:`,
      client_cert_chain: `:${authority.der.toString("base64")}:`,
      client_cert_valid_not_after: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
      client_cert_valid_not_before: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
    });
    expect(decoded(variables["client_cert_uri_sans"])).toEqual(["https://example.com/a,b", "urn:example:2"]);
    expect(decoded(variables["client_cert_dnsname_sans"])).toEqual(["one.example.com", "two.example.com"]);
    // Both names are the very bytes of the certificate.
    for (const name of ["client_cert_subject_dn", "client_cert_issuer_dn"]) {
      expect(der.includes(Buffer.from(variables[name] ?? "", "base64"))).toBe(true);
      expect(variables[name]).not.toBe("");
    }
  });

  it.each([
    [
      "two SPIFFE ids",
      [
        { type: "url", value: "spiffe://a/x" },
        { type: "url", value: "spiffe://b/y" },
      ],
    ],
    ["an id with a query", [{ type: "url", value: "spiffe://a/x?y=1" }]],
    ["an id with a line break", [{ type: "url", value: "spiffe://a/x\r\nX-Forged: 1" }]],
    ["an id with a port", [{ type: "url", value: "spiffe://a:443/x" }]],
  ] as const)("leaves the SPIFFE id empty for %s", async (_case, names) => {
    const { variables } = await variablesOf({ names: [...names] });
    expect(variables["client_cert_spiffe_id"]).toBe("");
  });

  it("leaves out what is too long and names it", async () => {
    const { variables } = await variablesOf({
      names: [{ type: "dns", value: `${"a".repeat(60)}.${"b".repeat(400)}.example.com` }],
    });
    expect(variables).toMatchObject({
      client_cert_dnsname_sans: "",
      client_cert_error: "client_cert_dnsname_sans_exceeded_size_limit",
      client_cert_chain_verified: "true",
    });
  });

  it("hands no certificate on that did not verify, and says what was wrong", async () => {
    const { der } = await (await createTestAuthority("Others")).issue();
    expect(clientCertificateVariables({ leaf: der, others: [] }, "client_cert_validation_failed")).toMatchObject({
      client_cert_present: "true",
      client_cert_chain_verified: "false",
      client_cert_error: "client_cert_validation_failed",
      client_cert_leaf: "",
      client_cert_chain: "",
    });
  });

  it("says that there was none", () => {
    expect(clientCertificateVariables(undefined, "client_cert_not_provided")).toEqual({
      client_cert_present: "false",
      client_cert_chain_verified: "false",
      client_cert_error: "client_cert_not_provided",
    });
  });
});
