import { generateKeyPairSync } from "node:crypto";
import { TerraformStack, Testing } from "cdktf";
import { z } from "zod";
import {
  Aws,
  AzureDevOps,
  claimsOf,
  EntraWorkload,
  GitHubActions,
  GitLab,
  GoogleServiceAccounts,
  GoogleWorkspace,
  HcpTerraform,
  Kubernetes,
  Oidc,
  SpiffeOidc,
  SpiffeX509,
} from "..";
import { exampleAuthorityPem } from "./example-authority";

export const placement = { projectId: "data-dev", environment: "dev", generation: "01", preventDestroy: false };
const tenantId = "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11";
const otherId = (last: string) => `6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a${last}`;

/** A public key as a cluster publishes it. */
export const exampleJwks = () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "RS256" }] };
};

const examples = {
  "entra application": [
    EntraWorkload,
    {
      tenantId,
      resourceClientId: otherId("01"),
      clientId: otherId("02"),
      servicePrincipalObjectId: otherId("03"),
      appRole: "Gcp.Federate",
    },
  ],
  "entra managed identity": [
    EntraWorkload,
    {
      tenantId,
      resourceClientId: otherId("01"),
      clientId: otherId("02"),
      servicePrincipalObjectId: otherId("03"),
      client: "managed-identity",
    },
  ],
  "github actions": [
    GitHubActions,
    {
      ownerId: "58213377",
      repositoryId: "712345678",
      branches: ["main"],
      tagPrefix: "v",
      deploymentEnvironment: "production",
      workflow: { repositoryName: "ailab/workflows", file: ".github/workflows/deploy.yml", ref: "refs/tags/v1" },
    },
  ],
  gitlab: [
    GitLab,
    {
      host: "gitlab.ailab.com",
      namespaceId: "11",
      gitlabProjectId: "22",
      branches: ["main"],
      deploymentEnvironment: "prod/eu",
    },
  ],
  "hcp terraform": [
    HcpTerraform,
    {
      organizationId: "org-abcdefgh12345678",
      workspaceId: "ws-abcdefgh12345678",
      terraformProjectId: "prj-abcdefgh12345678",
    },
  ],
  "azure devops": [
    AzureDevOps,
    {
      tenantId,
      organizationId: otherId("04"),
      serviceConnectionId: otherId("05"),
      audience: "api://AzureADTokenExchange",
    },
  ],
  "google workspace": [
    GoogleWorkspace,
    {
      hostedDomain: "ailab.com",
      oauthClientId: "402918374650-k3y.apps.googleusercontent.com",
      people: ["104857600123456789012"],
    },
  ],
  "google service accounts": [GoogleServiceAccounts, { uniqueIds: ["104857600123456789013"] }],
  aws: [Aws, { accountId: "210987654321", roleName: "collector", roleId: "AROAEXAMPLEROLEID1234" }],
  kubernetes: [
    Kubernetes,
    {
      name: "cluster",
      issuerUri: "https://kubernetes.ailab.com",
      serviceAccounts: [{ namespace: "jobs", name: "reader", uid: otherId("06") }],
    },
  ],
  "spiffe by oidc": [
    SpiffeOidc,
    {
      trustDomain: "ailab.com",
      issuerUri: "https://spiffe.ailab.com",
      spiffeIds: ["spiffe://ailab.com/dev/batch-job"],
    },
  ],
  "spiffe by x509": [
    SpiffeX509,
    { trustDomain: "ailab.com", trustAnchors: [exampleAuthorityPem], spiffeIds: ["spiffe://ailab.com/dev/batch-job"] },
  ],
  "any issuer": [
    Oidc,
    {
      name: "buildkite",
      displayName: "Buildkite",
      issuerUri: "https://builds.ailab.com",
      allowedAudiences: ["google"],
      mapping: { subject: "assertion.pipeline_id", attributes: {} },
      claimBytes: { pipeline_id: 36 },
      condition: claimsOf({ pipeline_id: "identity" }).pipeline_id.is(otherId("07")),
    },
  ],
} as const;

export type IssuerName = keyof typeof examples;
export const issuerNames = Object.keys(examples) as IssuerName[];

/** The properties of an example without its placement, as bare data. */
export const propsOf = (name: IssuerName): Readonly<Record<string, unknown>> => examples[name][1];

const synthesized = z.looseObject({
  resource: z.looseObject({
    google_iam_workload_identity_pool: z.record(z.string(), z.looseObject({ disabled: z.boolean().optional() })),
    google_iam_workload_identity_pool_provider: z.record(
      z.string(),
      z.looseObject({
        attribute_condition: z.string(),
        attribute_mapping: z.record(z.string(), z.string()),
        description: z.string(),
        oidc: z
          .looseObject({
            issuer_uri: z.string(),
            allowed_audiences: z.array(z.string()).optional(),
            jwks_json: z.string().optional(),
          })
          .optional(),
      }),
    ),
  }),
});

/** The pool and the provider that an issuer of these properties becomes. */
export function providerOf(name: IssuerName, change: Readonly<Record<string, unknown>> = {}) {
  const stack = new TerraformStack(Testing.app(), "dev");
  // Properties are bare data on purpose: what no compiler has looked at has to be refused too.
  const Issuer = examples[name][0] as new (scope: TerraformStack, id: string, props: unknown) => object;
  new Issuer(stack, "issuer", { ...placement, ...propsOf(name), ...change });
  const { resource } = synthesized.parse(JSON.parse(Testing.synth(stack)));
  const [pool] = Object.values(resource.google_iam_workload_identity_pool);
  const [provider] = Object.values(resource.google_iam_workload_identity_pool_provider);
  if (pool === undefined || provider === undefined) throw new Error("an issuer is a pool and a provider");
  return { pool, provider };
}
