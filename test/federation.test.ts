import { evaluateExchange } from "../analysis";
import { exampleAuthorityPem } from "../constructs/federation/testing/example-authority";
import { cloudPlatformScope } from "../facts/google-endpoints";
import { tokenExchangeGrantType, tokenTypes } from "../facts/token-exchange";
import { installMovableClock } from "../twin/clock";
import { DecisionLog } from "../twin/events";
import { createGoogleServices, googleHosts } from "../twin/google";
import {
  Aws,
  createGitHubIssuer,
  createGitLabIssuer,
  createGoogleAccounts,
  createHcpTerraformIssuer,
  createKubernetesIssuer,
  createOidcIssuer,
  createSpiffeIssuer,
  Issuer,
  IssuerRegistry,
  serviceConnectionToken,
} from "../twin/issuers";
import { serveHost } from "../twin/issuers/testing/serve-host";
import { type AttachedStore, attachStore, describeWithTerraform, TerraformFolder } from "../twin/terraform/testing";
import { addresses, audienceOf, federationStack, ids, spiffeId, windowEnd } from "./support/federation-stack";

const account = "batch-job-dev@data-dev.iam.gserviceaccount.com";

/** Every issuer with keys of its own, as far as the token service can reach them. */
function allIssuers() {
  const issuers = {
    github: createGitHubIssuer(),
    gitlab: createGitLabIssuer(),
    hcp: createHcpTerraformIssuer(),
    google: createGoogleAccounts(),
    cluster: createKubernetesIssuer(addresses.cluster),
    spiffe: createSpiffeIssuer(addresses.spiffe),
    builds: createOidcIssuer(addresses.builds),
  };
  const entra = new Issuer(`https://login.microsoftonline.com/${ids.tenant}/v2.0`);
  const registry = new IssuerRegistry();
  for (const issuer of [...Object.values(issuers).map(({ issuer }) => issuer), entra]) registry.add(issuer);
  // In no registry: only who has its uploaded keys can check its tokens.
  return { ...issuers, entra, registry, privateCluster: createKubernetesIssuer(addresses.privateCluster) };
}

describeWithTerraform("A stack with every issuer and every kind of access", () => {
  const issuers = allIssuers();
  let attached: AttachedStore;
  let folder: TerraformFolder;
  const origins = new Map<string, string>();
  const closers: (() => Promise<void>)[] = [];
  const stack = (more: object = {}) =>
    federationStack({ jwks: issuers.privateCluster.issuer.jwks(), authorityPem: exampleAuthorityPem, ...more });

  beforeAll(async () => {
    attached = await attachStore();
    folder = await TerraformFolder.create("dev", attached.attachment.environment);
    closers.push(
      () => folder.remove(),
      () => attached.attachment.close(),
    );
    const services = createGoogleServices({
      store: attached.store,
      issuers: issuers.registry,
      accounts: issuers.google,
      aws: new Aws(),
      decisions: new DecisionLog(),
    });
    for (const host of googleHosts(services)) {
      const served = await serveHost(host);
      origins.set(host.hostname, served.origin);
      closers.push(() => served.close());
    }
  }, 60_000);

  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  const deploy = async (configuration: object) => {
    await folder.write(configuration);
    const planned = await folder.plan();
    if (planned.code === 1) throw new Error(planned.output);
    const applied = await folder.apply();
    if (applied.code !== 0) throw new Error(applied.output);
  };
  const post = async (url: string, init: RequestInit) => {
    const response = await fetch(url, { method: "POST", ...init });
    const body: unknown = await response.json();
    return { status: response.status, text: JSON.stringify(body), body: new Map(Object.entries(Object(body))) };
  };
  const exchange = (pool: string, subjectToken: string) =>
    post(`${origins.get("sts.googleapis.com")}/v1/token`, {
      body: new URLSearchParams({
        grant_type: tokenExchangeGrantType,
        audience: audienceOf(pool),
        scope: cloudPlatformScope,
        requested_token_type: tokenTypes.accessToken,
        subject_token: subjectToken,
        subject_token_type: tokenTypes.jwt,
      }),
    });
  const become = (token: unknown) =>
    post(
      `${origins.get("iamcredentials.googleapis.com")}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
      {
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ scope: [cloudPlatformScope] }),
      },
    );
  const readDataset = async (token: unknown) =>
    (
      await fetch(`${origins.get("bigquery.googleapis.com")}/bigquery/v2/projects/data-dev/datasets/dev_analytics`, {
        headers: { authorization: `Bearer ${token}` },
      })
    ).status;

  it("is applied by Terraform, and planned again there is nothing to do", async () => {
    await folder.write(stack());
    await folder.init();
    await deploy(stack());
    const again = await folder.plan();
    expect(again.code === 0 ? "" : again.output).toBe("");
  }, 120_000);

  it("tells how to log in by gcloud, and how a library becomes the account", async () => {
    const read = async (name: string) => JSON.parse((await folder.run("output", "-raw", name)).output);
    expect(await read("login_configuration")).toMatchObject({
      type: "external_account_authorized_user_login_config",
      audience: "//iam.googleapis.com/locations/global/workforcePools/ailab-admins-dev-01/providers/entra-01",
    });
    expect(await read("credential_configuration")).toMatchObject({
      audience: audienceOf("kubernetes-dev-01"),
      service_account_impersonation_url: expect.stringContaining(account),
      service_account_impersonation: { token_lifetime_seconds: 900 },
    });
  }, 60_000);

  const audience = (pool: string) => `https:${audienceOf(pool)}`;
  const { github, gitlab, hcp, google, cluster, privateCluster, spiffe, builds, entra } = issuers;
  const run = {
    repositoryId: "712345678",
    repositoryName: "ailab/data-platform",
    ownerId: "58213377",
    ownerName: "ailab",
    ref: "refs/heads/main",
    eventName: "push",
    environment: "production",
  };
  /** With the claim of a reusable workflow, which the twin's GitHub takes from the repository itself. */
  const githubToken = (change: object, claims: object = {}) =>
    github.issuer.sign({
      aud: audience("github-dev-01"),
      sub: `repo:${run.repositoryName}:ref:${run.ref}`,
      repository_id: run.repositoryId,
      repository_owner_id: run.ownerId,
      ref: run.ref,
      ref_type: "branch",
      event_name: run.eventName,
      environment: run.environment,
      job_workflow_ref: "ailab/workflows/.github/workflows/deploy.yml@refs/heads/main",
      ...claims,
      ...change,
    });
  const job = { projectId: "22", projectPath: "ailab/data", namespaceId: "11", ref: "main" };
  const terraformRun = {
    organization: { id: ids.hcp.organization, name: "o".repeat(40) },
    project: { id: ids.hcp.project, name: "p".repeat(40) },
    workspace: { id: ids.hcp.workspace, name: "w".repeat(90) },
    phase: "apply",
  } as const;
  const connection = {
    organizationId: ids.organization,
    connectionId: ids.connection,
    tenant: "t".repeat(22),
    application: "a".repeat(22),
  };
  const entraToken = (change: object = {}) =>
    entra.sign({
      aud: ids.resource,
      tid: ids.tenant,
      azp: ids.client,
      oid: ids.principal,
      sub: ids.principal,
      roles: ["Gcp.Federate"],
      azpacr: "2",
      ver: "2.0",
      ...change,
    });
  const pod = { namespace: "jobs", serviceAccount: { name: "reader", uid: ids.pod } };
  const serviceAccount = {
    uniqueId: "104857600123456789013",
    email: "partner@other.iam.gserviceaccount.com",
    includeEmail: true,
  };
  const svidAudience = audience("spiffe-dev-01");

  /** By pool: a token that is admitted, and others that are not, each with what is wrong with it. */
  const cases: readonly (readonly [string, () => Promise<string>, Readonly<Record<string, () => Promise<string>>>])[] =
    [
      [
        "entra-dev-01",
        entraToken,
        {
          "another service principal": () => entraToken({ oid: ids.group }),
          "a secret in place of a certificate": () => entraToken({ azpacr: "1" }),
          "no role": () => entraToken({ roles: undefined }),
          "version 1.0": () => entraToken({ ver: "1.0" }),
          "another audience": () => entraToken({ aud: ids.client }),
        },
      ],
      ["entra-mi-dev-01", entraToken, { "another identity": () => entraToken({ azp: ids.group }) }],
      [
        "github-dev-01",
        () => githubToken({}),
        {
          "another repository": () => githubToken({ repository_id: "1" }),
          "a pull request": () => githubToken({ event_name: "pull_request", ref: "refs/pull/7/merge" }),
          "another branch": () => githubToken({ ref: "refs/heads/x" }),
          "a tag in the clothes of a branch": () => githubToken({ ref: "refs/tags/v1" }),
          "another environment": () => githubToken({ environment: "test" }),
          "no environment": () => githubToken({ environment: undefined }),
          "a workflow of its own": () =>
            githubToken({ job_workflow_ref: "ailab/data/.github/workflows/x.yml@refs/heads/main" }),
        },
      ],
      [
        "gitlab-dev-01",
        () => gitlab.jobToken(job, audience("gitlab-dev-01")),
        {
          "another project": () => gitlab.jobToken({ ...job, projectId: "23" }, audience("gitlab-dev-01")),
          "another namespace": () => gitlab.jobToken({ ...job, namespaceId: "12" }, audience("gitlab-dev-01")),
          "an unprotected branch": () => gitlab.jobToken({ ...job, refProtected: false }, audience("gitlab-dev-01")),
          "a tag": () => gitlab.jobToken({ ...job, refType: "tag" }, audience("gitlab-dev-01")),
          "a merge request": () =>
            gitlab.jobToken({ ...job, pipelineSource: "merge_request_event" }, audience("gitlab-dev-01")),
          "another audience": () => gitlab.jobToken(job, "https://gitlab.com"),
        },
      ],
      [
        "hcp-dev-01",
        () => hcp.runToken(terraformRun, audience("hcp-dev-01")),
        {
          "another workspace": () =>
            hcp.runToken(
              { ...terraformRun, workspace: { ...terraformRun.workspace, id: "ws-other12345678ab" } },
              audience("hcp-dev-01"),
            ),
          "another organization": () =>
            hcp.runToken(
              { ...terraformRun, organization: { ...terraformRun.organization, id: "org-other12345678" } },
              audience("hcp-dev-01"),
            ),
        },
      ],
      [
        "azure-devops-dev-01",
        () => serviceConnectionToken(entra, connection),
        {
          "another connection": () => serviceConnectionToken(entra, { ...connection, connectionId: ids.group }),
          "a connection with more behind it": () =>
            serviceConnectionToken(entra, { ...connection, connectionId: `${ids.connection}/x` }),
          "another application of the tenant": () =>
            entra.sign({ aud: "api://AzureADTokenExchange", sub: ids.principal }),
          "another audience": () => serviceConnectionToken(entra, connection, ids.resource),
        },
      ],
      [
        "google-accounts-dev-01",
        () => google.serviceAccountToken({ ...serviceAccount, audience: audience("google-accounts-dev-01") }),
        {
          "another account of the same address": () =>
            google.serviceAccountToken({
              ...serviceAccount,
              uniqueId: "104857600123456789014",
              audience: audience("google-accounts-dev-01"),
            }),
        },
      ],
      [
        "kubernetes-dev-01",
        () => cluster.podToken(pod, audience("kubernetes-dev-01")),
        {
          "another namespace": () => cluster.podToken({ ...pod, namespace: "other" }, audience("kubernetes-dev-01")),
          "an account of the same name, made later": () =>
            cluster.podToken(
              { ...pod, serviceAccount: { ...pod.serviceAccount, uid: ids.group } },
              audience("kubernetes-dev-01"),
            ),
          "the cluster's own audience": () => cluster.podToken(pod, addresses.cluster),
          "another cluster": () => privateCluster.podToken(pod, audience("kubernetes-dev-01")),
        },
      ],
      [
        "private-dev-01",
        () => privateCluster.podToken(pod, audience("private-dev-01")),
        {
          "keys that were not uploaded": () =>
            createKubernetesIssuer(addresses.privateCluster).podToken(pod, audience("private-dev-01")),
        },
      ],
      [
        "spiffe-dev-01",
        () => spiffe.jwtSvid(spiffeId, svidAudience),
        {
          "another workload": () => spiffe.jwtSvid(`${spiffeId}-2`, svidAudience),
          "another trust domain": () => spiffe.jwtSvid("spiffe://other.com/dev/batch-job", svidAudience),
        },
      ],
    ];

  it.each(cases)(
    "becomes the account by a token of %s, and by no other token of that issuer",
    async (pool, admitted, refused) => {
      const answer = await exchange(pool, await admitted());
      expect(answer.text).toContain("access_token");
      const became = await become(answer.body.get("access_token"));
      expect(became.text).toContain("accessToken");
      expect(await readDataset(became.body.get("accessToken"))).toBe(200);
      for (const [what, token] of Object.entries(refused)) {
        const { text } = await exchange(pool, await token());
        expect(`${what}: ${text.includes("access_token") ? "admitted" : "refused"}`).toBe(`${what}: refused`);
      }
    },
    30_000,
  );

  it("takes both forms of GitHub's sub, as it reads neither", async () => {
    for (const sub of [
      "repo:ailab/data-platform:environment:production",
      "repo:ailab@58213377/data-platform@712345678:environment:production",
    ])
      expect((await exchange("github-dev-01", await githubToken({ sub }))).text).toContain("access_token");
  });

  it("lets a plan of HCP Terraform exchange its token and become nobody", async () => {
    const answer = await exchange(
      "hcp-dev-01",
      await hcp.runToken({ ...terraformRun, phase: "plan" }, audience("hcp-dev-01")),
    );
    expect((await become(answer.body.get("access_token"))).status).toBe(403);
  });

  it("lets a federated identity with direct access read, without an account between", async () => {
    const token = await builds.tokenFor({ pipeline_id: ids.pipeline }, audience("builds-dev-01"));
    const answer = await exchange("builds-dev-01", token);
    expect(await readDataset(answer.body.get("access_token"))).toBe(200);
    expect((await become(answer.body.get("access_token"))).status).toBe(403);
  });

  it("admits an X.509-SVID of the workload, as the analysis sees it", () => {
    const services = createGoogleServices({
      store: attached.store,
      issuers: issuers.registry,
      accounts: google,
      aws: new Aws(),
      decisions: new DecisionLog(),
    });
    const decide = (uri: string) =>
      evaluateExchange(services.accessModel(), audienceOf("spiffe-x509-dev-01"), {
        kind: "x509",
        claims: { san: { uri } },
      });
    expect(decide(spiffeId)).toMatchObject({ admitted: true, identity: { subject: spiffeId } });
    expect(decide(`${spiffeId}-2`)).toMatchObject({ admitted: false });
  });

  it("ends with the window: nobody becomes the account, and tokens that are still alive read nothing", async () => {
    const clock = installMovableClock();
    try {
      clock.advance(Date.parse(windowEnd) - 60_000 - Date.now());
      const federated = (await exchange("gitlab-dev-01", await gitlab.jobToken(job, audience("gitlab-dev-01")))).body;
      const buildToken = await builds.tokenFor({ pipeline_id: ids.pipeline }, audience("builds-dev-01"));
      const direct = (await exchange("builds-dev-01", buildToken)).body.get("access_token");
      const ofAccount = (await become(federated.get("access_token"))).body.get("accessToken");
      expect([await readDataset(ofAccount), await readDataset(direct)]).toEqual([200, 200]);
      clock.advance(61_000);
      expect((await become(federated.get("access_token"))).status).toBe(403);
      expect([await readDataset(ofAccount), await readDataset(direct)]).toEqual([403, 403]);
    } finally {
      clock.uninstall();
    }
  });

  it("is cut off by one property, and by a plan that says so", async () => {
    const token = (await exchange("gitlab-dev-01", await gitlab.jobToken(job, audience("gitlab-dev-01")))).body.get(
      "access_token",
    );
    const ofAccount = (await become(token)).body.get("accessToken");
    expect(await readDataset(ofAccount)).toBe(200);
    await deploy(stack({ killSwitch: true }));
    expect((await become(token)).status).toBe(403);
    expect(await readDataset(ofAccount)).toBe(401);
    const again = await folder.plan();
    expect(again.code === 0 ? "" : again.output).toBe("");
  }, 120_000);
});
