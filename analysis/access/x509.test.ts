import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explainAccess, readCertificate } from "../explain";
import * as fixture from "./fixture";
import { chainProblem, x509Claims } from "./x509-claims";

const available = spawnSync("openssl", ["version"]).status === 0;
if (!available) process.stderr.write("Skipped: tests with client certificates, since openssl is not installed.\n");

(available ? describe : describe.skip)("a provider with a trust store", () => {
  const directory = mkdtempSync(join(tmpdir(), "keyless-x509-"));
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  const pem = (name: string) => readFileSync(at(`${name}.pem`), "utf8");
  const authority = (name: string, cn: string) =>
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "30",
      "-subj",
      `/CN=${cn}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
    );
  const leaf = (name: string, by: string, days = "10") => {
    writeFileSync(
      at("ext"),
      "subjectAltName=URI:spiffe://ailab/batch,DNS:batch.ailab.com\nextendedKeyUsage=clientAuth\n",
    );
    openssl(
      "req",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      "/O=ailab/OU=data/CN=batch",
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
    );
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      `${by}.pem`,
      "-CAkey",
      `${by}.key`,
      "-CAcreateserial",
      "-days",
      days,
      "-extfile",
      "ext",
      "-out",
      `${name}.pem`,
    );
  };
  beforeAll(() => {
    authority("ca13", "CA 13");
    authority("ca131", "CA 13");
    leaf("good", "ca13");
    leaf("long", "ca13", "400");
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const provider = (values: object = {}): fixture.Changes => ({
    "google_iam_workload_identity_pool_provider.github": {
      oidc: undefined,
      attribute_mapping: undefined,
      attribute_condition: "assertion.san.uri == 'spiffe://ailab/batch'",
      x509: [{ trust_store: [{ trust_anchors: [{ pem_certificate: pem("ca13") }] }] }],
      ...values,
    },
  });
  const explain = (name: string, changes = provider(), now = new Date()) =>
    explainAccess(fixture.companyModel(changes), readCertificate(pem(name), now), { now });

  it("reads subject, issuer, serial number, fingerprint and the first alternative names", () => {
    expect(x509Claims(new X509Certificate(pem("good")))).toMatchObject({
      subject: { dn: { cn: "batch", o: "ailab", ou: "data" } },
      issuer: { dn: { cn: "CA 13" } },
      san: { uri: "spiffe://ailab/batch", dns: "batch.ailab.com" },
      serialNumberHex: expect.stringMatching(/^[0-9a-f]+$/),
      sha256Fingerprint: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
    });
  });

  it("admits by its condition, as the subject's common name unless mapped otherwise", () => {
    expect(explain("good")).toMatchObject({ admitted: true, identities: [{ identity: { subject: "batch" } }] });
    expect(
      explain("good", provider({ attribute_condition: "assertion.san.uri == 'spiffe://ailab/other'" })),
    ).toMatchObject({
      admitted: false,
      answers: [{ refusedBy: expect.stringContaining("san.uri") }],
    });
  });

  it("refuses a token, as other providers refuse a certificate", () => {
    const model = fixture.companyModel(provider());
    const oidc = { ok: true, faults: [], credential: fixture.githubCredential() } as const;
    expect(explainAccess(model, oidc, { now: fixture.now }).admitted).toBe(false);
    expect(explain("good", {}).admitted).toBe(false);
  });

  it("tells certificates that Google refuses: too long, ended, of an authority", () => {
    const faults = (name: string, now = new Date()) =>
      explain(name, provider(), now)
        .faults.map((fault) => fault.explanation)
        .join();
    expect(faults("good")).toBe("");
    expect(faults("long")).toContain("more than 390 days");
    expect(faults("good", new Date(Date.now() + 20 * 86_400_000))).toContain("has ended");
    expect(faults("ca13")).toContain("authority");
    expect(readCertificate("-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----", new Date())).toMatchObject({
      ok: false,
    });
  });

  it("tells an authority of another generation from a stranger", () => {
    const certificate = new X509Certificate(pem("good"));
    const now = new Date();
    expect(chainProblem(certificate, [pem("ca13")], [], now)).toBeUndefined();
    expect(chainProblem(certificate, [pem("ca131")], [], now)).toContain("another generation");
    expect(chainProblem(new X509Certificate(pem("ca131")), [pem("good")], [], now)).toContain("no authority");
    expect(chainProblem(certificate, ["not known before apply"], [], now)).toContain("not known before apply");
    expect(chainProblem(certificate, [pem("ca13")], [], new Date(0))).toContain("not valid now");
  });
});
