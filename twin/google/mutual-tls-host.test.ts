import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { cloudPlatformScope } from "../../facts/google-endpoints";
import { tokenExchangeGrantType, tokenTypes } from "../../facts/token-exchange";
import { type CertificateAuthority, createCertificateAuthority } from "../network/certificate-authority";
import { type MutualTlsHost, startMutualTlsHost } from "./mutual-tls-host";
import { type Google, poolName, project, startGoogle } from "./testing/google-fixture";

const spiffeId = "spiffe://ailab.com/dev/batch-job";
const pool = "spiffe-dev-01";
const provider = `${poolName(pool)}/providers/${pool}`;
const der = (pem: string) => new X509Certificate(pem).raw.toString("base64");
type Client = Awaited<ReturnType<CertificateAuthority["issueClient"]>>;

describe("sts.mtls.googleapis.com", () => {
  let google: Google;
  let host: MutualTlsHost;
  let authority: CertificateAuthority;
  let stranger: CertificateAuthority;
  let client: Client;

  beforeAll(async () => {
    google = await startGoogle();
    google.reset();
    [authority, stranger] = (await Promise.all(
      ["Machines", "Machines"].map((name) => createCertificateAuthority({ name, purpose: "clients" })),
    )) as [CertificateAuthority, CertificateAuthority];
    const servers = await createCertificateAuthority({ name: "Servers", purpose: "servers" });
    const certificate = await servers.issueServer(["sts.mtls.googleapis.com.localhost"]);
    host = await startMutualTlsHost({ services: google.services, certificate });
    client = await authority.issueClient({ commonName: "batch-job", uris: [spiffeId] });
    const put = (type: string, values: object) =>
      google.store.put({
        stack: "dev",
        address: `${type}.spiffe`,
        type,
        name: "spiffe",
        values: { project: project.id, state: "ACTIVE", ...values },
      });
    put("google_iam_workload_identity_pool", { workload_identity_pool_id: pool, name: poolName(pool) });
    put("google_iam_workload_identity_pool_provider", {
      workload_identity_pool_id: pool,
      workload_identity_pool_provider_id: pool,
      name: provider,
      attribute_mapping: { "google.subject": "assertion.san.uri" },
      attribute_condition: `assertion.san.uri == '${spiffeId}'`,
      x509: [{ trust_store: [{ trust_anchors: [{ pem_certificate: authority.certificatePem }] }] }],
    });
  });

  afterAll(async () => {
    await host?.close();
    await google?.close();
  });

  const exchange = (
    { certificatePem, keyPem }: Partial<Client>,
    token: string | undefined = JSON.stringify([der(certificatePem ?? "")]),
    audience = `//iam.googleapis.com/${provider}`,
  ): Promise<{ readonly status: number; readonly text: string }> =>
    new Promise((resolve, reject) => {
      const call = request(
        {
          host: "127.0.0.1",
          port: host.port,
          path: "/v1/token",
          method: "POST",
          rejectUnauthorized: false,
          agent: false,
          ...(keyPem !== undefined && { cert: certificatePem, key: keyPem }),
          headers: { "content-type": "application/x-www-form-urlencoded" },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part) => {
            text += part;
          });
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      call.on("error", reject);
      call.end(
        new URLSearchParams({
          grant_type: tokenExchangeGrantType,
          audience,
          scope: cloudPlatformScope,
          requested_token_type: tokenTypes.accessToken,
          subject_token: token,
          subject_token_type: tokenTypes.mutualTls,
        }).toString(),
      );
    });

  it("exchanges the certificate of the connection", async () => {
    const { status, text } = await exchange(client);
    expect(status).toBe(200);
    expect(text).toContain('"token_type":"Bearer"');
  });

  it("takes no certificate of which somebody has only a copy", async () => {
    const other = await authority.issueClient({ commonName: "other", uris: ["spiffe://ailab.com/dev/other"] });
    const copied = JSON.stringify([der(client.certificatePem)]);
    expect(await exchange(other, copied)).toMatchObject({
      status: 400,
      text: expect.stringContaining("invalid_grant"),
    });
    const without = await exchange({}, copied);
    expect(without).toMatchObject({ status: 400, text: expect.stringContaining("subject_token_type") });
  });

  it("takes none of an authority outside the trust store, even of the same name", async () => {
    const forged = await stranger.issueClient({ commonName: "batch-job", uris: [spiffeId] });
    expect(await exchange(forged)).toMatchObject({ status: 400, text: expect.stringContaining("invalid_grant") });
    const withItsAuthority = JSON.stringify([der(forged.certificatePem), der(stranger.certificatePem)]);
    expect(await exchange(forged, withItsAuthority)).toMatchObject({ status: 400 });
  });

  it("takes none that the condition does not admit, or that has ended or is made for more than 390 days (trap 43)", async () => {
    const now = Date.now();
    const day = 86_400_000;
    const other = await authority.issueClient({ commonName: "other", uris: ["spiffe://ailab.com/dev/other"] });
    expect((await exchange(other)).text).toContain("rejected by the attribute condition");
    for (const [notBefore, notAfter] of [
      [now - 9 * day, now - day],
      [now - day, now + 400 * day],
    ] as const) {
      const bad = await authority.issueClient({
        commonName: "batch-job",
        uris: [spiffeId],
        notBefore: new Date(notBefore),
        notAfter: new Date(notAfter),
      });
      expect(await exchange(bad)).toMatchObject({ status: 400, text: expect.stringContaining("invalid_grant") });
    }
  });

  it.each(["", "{}", "[]", "[1]", '["###"]', '["AAAA"]', JSON.stringify(Array.from({ length: 9 }, () => "AAAA"))])(
    "refuses the subject token %j",
    async (token) => {
      expect((await exchange(client, token)).status).toBe(400);
    },
  );

  it("takes a certificate for a provider of certificates only", async () => {
    const audience = `//iam.googleapis.com/${poolName("github-dev-01")}/providers/github`;
    expect((await exchange(client, undefined, audience)).status).toBe(400);
  });

  it("is not what sts.googleapis.com does, where no certificate is shown", async () => {
    const answer = await google.exchange(
      `//iam.googleapis.com/${provider}`,
      JSON.stringify([der(client.certificatePem)]),
      {
        subject_token_type: tokenTypes.mutualTls,
      },
    );
    expect(answer).toMatchObject({ status: 400, description: 'Invalid value for "subject_token_type".' });
  });
});
