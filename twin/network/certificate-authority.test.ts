import { execFile } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CertificateAuthority, createCertificateAuthority } from "./certificate-authority";
import { writePrivateFile } from "./certificate-files";
import { createSelfSignedCertificate } from "./self-signed-certificate";

const run = promisify(execFile);

describe("certificate authority", () => {
  let directory: string;
  let servers: CertificateAuthority;
  let clients: CertificateAuthority;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "keyless-certificates-"));
    servers = await createCertificateAuthority({ name: "Servers", purpose: "servers" });
    clients = await createCertificateAuthority({
      name: "Clients",
      purpose: "clients",
      subject: "O=AILab, OU=Platform",
    });
  });
  afterAll(() => rm(directory, { recursive: true }));

  /** What `openssl verify` says about a leaf under an authority. */
  const verify = async (authorityPem: string, leafPem: string, ...options: string[]) => {
    const authorityFile = join(directory, "authority.pem");
    const leafFile = join(directory, "leaf.pem");
    await writeFile(authorityFile, authorityPem);
    await writeFile(leafFile, leafPem);
    const strict = ["verify", "-x509_strict", "-CAfile", authorityFile, ...options, leafFile];
    return run("openssl", strict).then(
      () => "verified",
      (error: { stderr?: unknown }) => String(error.stderr),
    );
  };

  it("issues server certificates that openssl accepts strictly for their name alone", async () => {
    const { certificatePem } = await servers.issueServer(["sts.googleapis.com.localhost"]);
    const name = ["-purpose", "sslserver", "-verify_hostname"];
    expect(await verify(servers.certificatePem, certificatePem, ...name, "sts.googleapis.com.localhost")).toBe(
      "verified",
    );
    expect(await verify(servers.certificatePem, certificatePem, ...name, "iam.googleapis.com.localhost")).toContain(
      "ostname mismatch",
    );
  });

  it("issues server certificates for names longer than a common name may be", async () => {
    const long = `${"service-".repeat(7)}x-710000000001.europe-west4.run.app.localhost`;
    const { certificatePem } = await servers.issueServer([long]);
    const name = ["-purpose", "sslserver", "-verify_hostname", long];
    expect(await verify(servers.certificatePem, certificatePem, ...name)).toBe("verified");
  });

  it("refuses to issue a server certificate for a name that is not below localhost", async () => {
    for (const name of ["example.com", "evil-localhost", "localhost.example.com", "*.localhost", "", "127.0.0.1"]) {
      await expect(servers.issueServer([name])).rejects.toThrow("expected names below localhost");
    }
    await expect(servers.issueServer([])).rejects.toThrow(TypeError);
  });

  it("carries name constraints that openssl applies: permitted localhost, excluded every IP address", async () => {
    const file = join(directory, "servers.pem");
    await writeFile(file, servers.certificatePem);
    const { stdout } = await run("openssl", ["x509", "-in", file, "-noout", "-ext", "nameConstraints"]);
    expect(stdout).toMatch(
      /Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+Excluded:\s+IP:0\.0\.0\.0\/0\.0\.0\.0\s+IP:0:0:0:0:0:0:0:0\/0:0:0:0:0:0:0:0/,
    );
  });

  it("issues client certificates with SPIFFE id and DNS name that openssl accepts for clients and not for servers", async () => {
    const { certificatePem, keyPem } = await clients.issueClient({
      commonName: "Batch job on premises",
      uris: ["spiffe://ailab.com/dev/batch-job"],
      dnsNames: ["batch.ailab.com"],
    });
    const leaf = new X509Certificate(certificatePem);
    expect(leaf.subject).toBe("CN=Batch job on premises");
    expect(leaf.subjectAltName).toBe("URI:spiffe://ailab.com/dev/batch-job, DNS:batch.ailab.com");
    expect(leaf.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(leaf.issuer).toBe("O=AILab\nOU=Platform\nCN=Clients");
    expect(await verify(clients.certificatePem, certificatePem, "-purpose", "sslclient")).toBe("verified");
    expect(await verify(clients.certificatePem, certificatePem, "-purpose", "sslserver")).toContain("purpose");
  });

  it("lets a caller make an expired client certificate", async () => {
    const { certificatePem } = await clients.issueClient({
      commonName: "Late",
      notBefore: new Date(Date.now() - 7_200_000),
      notAfter: new Date(Date.now() - 3_600_000),
    });
    expect(await verify(clients.certificatePem, certificatePem)).toContain("has expired");
  });

  it("does not vouch for a certificate of another authority of the same name", async () => {
    const other = await createCertificateAuthority({
      name: "Clients",
      purpose: "clients",
      subject: "O=AILab, OU=Platform",
    });
    const { certificatePem } = await other.issueClient({ commonName: "Stranger" });
    expect(await verify(clients.certificatePem, certificatePem)).not.toBe("verified");
  });

  it("keeps servers and clients apart", async () => {
    await expect(servers.issueClient({ commonName: "x" })).rejects.toThrow("is for servers, not for clients");
    await expect(clients.issueServer(["a.localhost"])).rejects.toThrow("is for clients, not for servers");
  });

  it("takes its validity from the real time, whatever Date says", async () => {
    const realDate = Date.now;
    Date.now = () => 0;
    try {
      const { certificatePem } = await servers.issueServer(["a.localhost"]);
      const { validFrom, validTo } = new X509Certificate(certificatePem);
      expect(Date.parse(validFrom)).toBeLessThan(realDate());
      expect(Date.parse(validFrom)).toBeGreaterThan(realDate() - 2 * 3_600_000);
      expect(Date.parse(validTo)).toBeGreaterThan(realDate());
      expect(Date.parse(validTo)).toBeLessThan(realDate() + 8 * 86_400_000);
    } finally {
      Date.now = realDate;
    }
  });

  it("makes a self-signed RSA 2048 certificate whose key fits", async () => {
    const { certificatePem, privateKeyPem } = await createSelfSignedCertificate({ commonName: "token-broker" });
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.subject).toBe("CN=token-broker");
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true);
  });

  it("writes private files for the owner alone and never over an existing one", async () => {
    const file = join(directory, "key.pem");
    await writePrivateFile(file, "secret");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await expect(writePrivateFile(file, "other")).rejects.toMatchObject({ code: "EEXIST" });
  });
});
