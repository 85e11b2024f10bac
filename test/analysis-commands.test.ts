import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { canCommand } from "../cli/can/can-command";
import { type DoctorCommandOptions, doctorCommand } from "../cli/doctor/doctor-command";
import { inOrder, loadEnvironments } from "../cli/environments";
import { deployStepOnTwin } from "../cli/start/deploy-step-on-twin";
import { startEmptyTwin } from "../cli/start/local-twin";
import type { Twin, WorkflowRun } from "../twin";
import { createCertificateAuthority } from "../twin/network/certificate-authority";
import { SynthesizedEnvironment } from "./support/synthesized-environment";

/** `keyless can` and `keyless doctor` on the dev environment as it is declared, and on the twin that carries it. */

const environments = loadEnvironments();
const { dev } = environments;
const text = new SynthesizedEnvironment("dev").text;
const stacks = [{ stack: "dev", text }];
const directory = mkdtempSync(join(tmpdir(), "keyless-analysis-"));
const file = (name: string, content: string): string => {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
};
const pool = `projects/${dev.project.number}/locations/global/workloadIdentityPools/github-dev-01`;
const audience = `//iam.googleapis.com/${pool}/providers/github-dev-01`;
const account = `mcp-server-dev@${dev.project.id}.iam.gserviceaccount.com`;
const run = (change: Partial<WorkflowRun> = {}): WorkflowRun => ({
  repositoryId: dev.federation.github?.repositoryId ?? "",
  repositoryName: "ailab/data-platform",
  ownerId: dev.federation.github?.ownerId ?? "",
  ownerName: "ailab",
  ref: "refs/heads/main",
  eventName: "push",
  ...change,
});
const findingsSchema = z.object({
  checked: z.array(z.string()),
  findings: z.array(z.object({ id: z.string(), rank: z.string(), what: z.string(), command: z.string().optional() })),
});

let twin: Twin;
beforeAll(async () => {
  twin = await startEmptyTwin(inOrder(environments), { directory: join(directory, "twin") });
  await twin.apply({ stack: "dev", text }, (step) => deployStepOnTwin(twin, step));
}, 240_000);
afterAll(async () => {
  await twin.close();
  rmSync(directory, { recursive: true });
});

const token = (change: Partial<WorkflowRun> = {}) => twin.github.tokenFor(run(change), `https:${audience}`);

async function doctor(options: DoctorCommandOptions) {
  let output = "";
  const exitCode = await doctorCommand({
    stacks,
    environment: "dev",
    json: true,
    variables: {
      KEYLESS_ENDPOINTS: JSON.stringify(twin.stepEndpoints),
      GOOGLE_OAUTH_ACCESS_TOKEN: twin.google.deployerToken,
    },
    ca: twin.certificateAuthorityFile,
    output: { write: (part) => (output += part) },
    ...options,
  });
  const { findings, checked } = findingsSchema.parse(JSON.parse(output));
  return { exitCode, ids: findings.map(({ id }) => id), findings, checked, output };
}

describe("keyless can", () => {
  const can = async (content: string, options = {}) => {
    let output = "";
    const exitCode = await canCommand({
      stacks,
      environment: "dev",
      token: file("token", content),
      output: { write: (part) => (output += part) },
      ...options,
    });
    return { exitCode, output };
  };

  it("says whom the main branch becomes, and what that account has", async () => {
    const { exitCode, output } = await can(await token(), { account });
    expect(exitCode).toBe(0);
    expect(output).toContain("ADMITTED");
    expect(output).toContain(`Becomes ${account} (access token and ID token)`);
    expect(output).toContain("roles/bigquery.dataViewer on projects/ailab-data-dev/datasets/dev_analytics");
    expect(output).toContain(`* principalSet://iam.googleapis.com/${pool}/attribute.repository_id/`);
  });

  it("says what refuses a pull request, and in Google's words, without a claim of it", async () => {
    const pull = await token({ ref: "refs/pull/12/merge", eventName: "pull_request" });
    const { exitCode, output } = await can(pull);
    expect(exitCode).toBe(2);
    expect(output).toMatch(
      /REFUSED[\s\S]*Google says: unauthorized_client: The given credential is rejected by the attribute condition\./,
    );
    expect(output).not.toContain("refs/pull/12");
    expect(output).not.toContain(pull.slice(0, 40));
  });

  it("agrees with what the token service of the twin decides", async () => {
    for (const change of [
      {},
      { ref: "refs/heads/feature" },
      { ref: "refs/tags/v1" },
      { repositoryId: "1" },
      { ownerId: "2" },
    ]) {
      const subject = await token(change);
      const response = await twin.fetch(`${twin.stepEndpoints.securityTokenService}/v1/token`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({
          grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
          audience,
          scope: "https://www.googleapis.com/auth/cloud-platform",
          requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
          subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
          subject_token: subject,
        }).toString(),
      });
      const { exitCode } = await can(subject, { audience });
      expect(exitCode).toBe(response.status === 200 ? 0 : 2);
    }
  });

  it("prints JSON for programs", async () => {
    const { output } = await can(await token(), { json: true });
    expect(JSON.parse(output)).toMatchObject({ admitted: true, complete: true, assumptions: [] });
  });

  it.each<[string, object]>([
    ["give one of --token", { claims: "{}" }],
    ["there is no nowhere here; there are: dev", { environment: "nowhere" }],
    ["no such file", { token: "/nonexistent/token" }],
    ["not JSON", { plan: [join(directory, "token")], stacks: undefined }],
    ["expected ID=NUMBER", { projectNumber: ["x"] }],
  ])("refuses in one line: %s", async (message, options) => {
    await expect(can("not a token", options)).rejects.toThrow(message);
  });
});

describe("keyless doctor", () => {
  it("finds nothing where nothing is wrong, and says what it looked at", async () => {
    const { exitCode, ids, checked } = await doctor({ live: true, token: file("token", await token()) });
    expect(ids).toEqual([]);
    expect(exitCode).toBe(0);
    expect(checked).toEqual([
      "the token",
      "this machine's clock",
      "the exchange",
      "what is in the cloud",
      "the configuration",
    ]);
  });

  it("tries the exchange, and tells what Google answers to it", async () => {
    const refused = await doctor({ live: true, token: file("token", await token({ ref: "refs/tags/v1" })) });
    expect(refused.exitCode).toBe(2);
    expect(refused.ids).toContain("condition-rejected");
    expect(refused.findings[0]).toMatchObject({
      rank: "certain",
      command: expect.stringContaining("--environment dev"),
    });
    expect(refused.output).not.toContain("refs/tags/v1");
  });

  it("finds what was changed in the cloud behind the declaration", async () => {
    const changed = (type: string, name: string) => {
      const found = twin.store.find(type, ({ values }) => String(values["name"] ?? values["member"]).includes(name));
      if (found === undefined) throw new Error(`no ${name}`);
      return found;
    };
    const provider = changed("google_iam_workload_identity_pool_provider", "github-dev-01");
    const githubPool = changed("google_iam_workload_identity_pool", "github-dev-01");
    const binding = changed("google_service_account_iam_member", "github-dev-01");
    try {
      twin.store.put({ ...provider, values: { ...provider.values, attribute_condition: "assertion.sub != ''" } });
      twin.store.remove("dev", binding.address);
      const { ids } = await doctor({ live: true });
      expect(ids).toEqual(expect.arrayContaining(["drift", "not-applied"]));
      twin.store.retire("dev", githubPool.address, Date.now());
      expect((await doctor({ live: true })).ids).toContain("pool-deleted");
    } finally {
      for (const resource of [githubPool, provider, binding]) twin.store.put(resource);
    }
  });

  it("says who has to sign in, and that a clock is wrong", async () => {
    const { ids } = await doctor({
      live: true,
      variables: { KEYLESS_ENDPOINTS: JSON.stringify(twin.stepEndpoints), GOOGLE_OAUTH_ACCESS_TOKEN: "other" },
      now: new Date(Date.now() + 600_000),
    });
    expect(ids).toEqual(expect.arrayContaining(["clock-skew", "not-looked"]));
  });

  it("follows a credential configuration to the token that it names", async () => {
    const configuration = {
      type: "external_account",
      audience,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
      credential_source: { file: file("subject", await token()) },
    };
    expect((await doctor({ credentialConfiguration: file("good.json", JSON.stringify(configuration)) })).ids).toEqual(
      [],
    );
    writeFileSync(configuration.credential_source.file, await token({ repositoryId: "1" }));
    const wrong = await doctor({ credentialConfiguration: file("good.json", JSON.stringify(configuration)) });
    expect(wrong.ids).toEqual(["condition-rejected"]);
    const gone = { ...configuration, credential_source: { file: join(directory, "gone") } };
    expect((await doctor({ credentialConfiguration: file("gone.json", JSON.stringify(gone)) })).ids).toEqual([
      "configuration-source",
    ]);
  });

  it("explains an error, and prints it for people", async () => {
    let output = "";
    await doctorCommand({
      stacks,
      error: "AADSTS700027 and The given credential is rejected by the attribute condition.",
      output: { write: (part) => (output += part) },
    });
    expect(output).toMatch(/! {2}1\. Entra answers AADSTS700027 {3}\[likely, AADSTS700027\]\n +cause: +/);
    expect(output).toContain("Looked at: the error, the configuration.");
  });

  it("tells an app behind IAP from one that anybody reaches, and from nothing", async () => {
    const app = `${twin.origin(dev.gateway.domain)}/service-desk`;
    expect((await doctor({ iap: app })).ids).toEqual([]);
    expect((await doctor({ iap: twin.overview })).ids).toContain("iap-not-in-front");
    expect((await doctor({ iap: "https://127.0.0.1:1/" })).ids).toContain("unreachable");
    expect((await doctor({ iap: app, ca: undefined })).ids).toContain("server-chain");
  });

  it("tells what keeps a client from the broker: no certificate, another authority's, one that has ended", async () => {
    const broker = twin.machineOrigin(dev.gateway.machineDomain);
    expect((await doctor({ broker })).ids).toContain("client-certificate-absent");
    const stranger = await createCertificateAuthority({ purpose: "clients", name: "Stranger" });
    const authorities = file("authorities.pem", twin.machineAuthority.certificatePem);
    const asked = async (certificate: { readonly certificatePem: string; readonly keyPem: string }) =>
      (
        await doctor({
          broker,
          cert: file("client.pem", certificate.certificatePem),
          key: file("client-key.pem", certificate.keyPem),
          clientCa: authorities,
        })
      ).ids;
    expect(await asked(await stranger.issueClient({ commonName: "x" }))).toContain("client-chain");
    const ended = { notBefore: new Date(Date.now() - 7_200_000), notAfter: new Date(Date.now() - 3_600_000) };
    expect(await asked(await twin.machineAuthority.issueClient({ commonName: "x", ...ended }))).toContain(
      "client-certificate-unfit",
    );
  });

  it.each<[string, DoctorCommandOptions]>([
    ["there is no nowhere here", { environment: "nowhere" }],
    ["--iap: expected an address that begins with https://", { iap: "http://x" }],
    ["--broker: expected an address", { broker: "machines" }],
    ["not both", { token: "-", claims: "{}" }],
    ["KEYLESS_ENDPOINTS", { live: true, variables: { KEYLESS_ENDPOINTS: "{" } }],
    ["KEYLESS_ENDPOINTS.iam", { live: true, variables: { KEYLESS_ENDPOINTS: '{"iam":"http://x"}' } }],
  ])("refuses in one line: %s", async (message, options) => {
    await expect(doctor(options)).rejects.toThrow(message);
  });
});
