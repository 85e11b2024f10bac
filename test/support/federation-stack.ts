import { AzureadProvider } from "@cdktf/provider-azuread/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { App, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import {
  AdministratorAccess,
  credentialConfiguration,
  Datasets,
  DirectAccess,
  grantSecretRead,
  ProductionApproval,
  PurposeServiceAccount,
} from "../../constructs/access";
import {
  Aws,
  AzureDevOps,
  claimsOf,
  EntraWorkforce,
  EntraWorkload,
  GitHubActions,
  GitLab,
  GoogleServiceAccounts,
  GoogleWorkspace,
  HcpTerraform,
  Kubernetes,
  Oidc,
  type Principal,
  SpiffeOidc,
  SpiffeX509,
} from "../../constructs/federation";

/** What the federation of one company looks like that uses every issuer and every kind of access. */
export const ids = {
  tenant: "2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11",
  resource: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01",
  client: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a02",
  principal: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a03",
  group: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a05",
  organization: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a04",
  connection: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a06",
  pod: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a07",
  pipeline: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a08",
  hcp: { organization: "org-abcdefgh12345678", project: "prj-abcdefgh12345678", workspace: "ws-abcdefgh12345678" },
} as const;

export const addresses = {
  cluster: "https://kubernetes.ailab.com",
  privateCluster: "https://kubernetes.default.svc.cluster.local",
  spiffe: "https://spiffe.ailab.com",
  builds: "https://builds.ailab.com/tenants/7",
} as const;

export const spiffeId = "spiffe://ailab.com/dev/batch-job";
/** Everybody's right to become the account, and the account's own rights, end in thirty days. */
export const windowEnd = new Date(Date.now() + 30 * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");
export const audienceOf = (pool: string): string =>
  `//iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/${pool}/providers/${pool}`;

export interface FederationStackOptions {
  /** JWK set of the cluster that nobody can reach. */
  readonly jwks: unknown;
  readonly authorityPem: string;
  readonly killSwitch?: boolean;
}

/** Terraform JSON of the stack. */
export function federationStack({ jwks, authorityPem, killSwitch = false }: FederationStackOptions): object {
  const stack = new TerraformStack(Testing.stubVersion(new App({ stackTraces: false })), "dev");
  const projectId = "data-dev";
  new GoogleProvider(stack, "google", { project: projectId });
  new AzureadProvider(stack, "azuread", { tenantId: ids.tenant });
  const secret = new TerraformVariable(stack, "secret", { type: "string", sensitive: true, default: "for-tests" });
  const placement = { projectId, environment: "dev", generation: "01", preventDestroy: false };

  const entra = {
    ...placement,
    tenantId: ids.tenant,
    resourceClientId: ids.resource,
    clientId: ids.client,
    servicePrincipalObjectId: ids.principal,
  };
  const application = new EntraWorkload(stack, "entra", entra);
  const identity = new EntraWorkload(stack, "identity", { ...entra, client: "managed-identity" });
  const github = new GitHubActions(stack, "github", {
    ...placement,
    ownerId: "58213377",
    repositoryId: "712345678",
    branches: ["main"],
    tagPrefix: "v",
    deploymentEnvironment: "production",
    workflow: { repositoryName: "ailab/workflows", file: ".github/workflows/deploy.yml", ref: "refs/heads/main" },
  });
  const gitlab = new GitLab(stack, "gitlab", {
    ...placement,
    namespaceId: "11",
    gitlabProjectId: "22",
    branches: "protected",
  });
  const hcp = new HcpTerraform(stack, "hcp", {
    ...placement,
    organizationId: ids.hcp.organization,
    workspaceId: ids.hcp.workspace,
  });
  const azureDevOps = new AzureDevOps(stack, "azure-devops", {
    ...placement,
    tenantId: ids.tenant,
    organizationId: ids.organization,
    serviceConnectionId: ids.connection,
  });
  const workspace = new GoogleWorkspace(stack, "workspace", {
    ...placement,
    hostedDomain: "ailab.com",
    oauthClientId: "402918374650-k3y.apps.googleusercontent.com",
    people: "everyone",
  });
  const partner = new GoogleServiceAccounts(stack, "partner", { ...placement, uniqueIds: ["104857600123456789013"] });
  const aws = new Aws(stack, "aws", { ...placement, accountId: "210987654321", roleName: "collector" });
  const serviceAccounts = [{ namespace: "jobs", name: "reader", uid: ids.pod }];
  const cluster = new Kubernetes(stack, "cluster", { ...placement, issuerUri: addresses.cluster, serviceAccounts });
  const privateCluster = new Kubernetes(stack, "private-cluster", {
    ...placement,
    name: "private",
    issuerUri: addresses.privateCluster,
    jwks,
    serviceAccounts,
  });
  const spiffe = { ...placement, trustDomain: "ailab.com", spiffeIds: [spiffeId] };
  const svid = new SpiffeOidc(stack, "spiffe", { ...spiffe, issuerUri: addresses.spiffe });
  const certificate = new SpiffeX509(stack, "spiffe-x509", { ...spiffe, trustAnchors: [authorityPem] });
  const claims = claimsOf({ pipeline_id: "identity" });
  const builds = new Oidc(stack, "builds", {
    ...placement,
    name: "builds",
    displayName: "Builds",
    issuerUri: addresses.builds,
    mapping: { subject: claims.pipeline_id.expression, attributes: {} },
    claimBytes: { pipeline_id: 36 },
    condition: claims.pipeline_id.is(ids.pipeline),
  });
  const workforce = new EntraWorkforce(stack, "people", {
    organizationId: "402918374650",
    poolId: "ailab-admins-dev-01",
    providerId: "entra-01",
    displayName: "Administrators",
    sessionSeconds: 3600,
    tenantId: ids.tenant,
    clientId: ids.client,
    clientSecret: secret.stringValue,
    admittedGroups: [ids.group],
    groups: { from: "directory", clientId: ids.client, clientSecret: secret.stringValue, by: "object-id" },
    preventDestroy: false,
  });
  new EntraWorkforce(stack, "iap-people", {
    organizationId: "402918374650",
    poolId: "ailab-people-dev-01",
    providerId: "entra-01",
    displayName: "People",
    sessionSeconds: 28_800,
    tenantId: ids.tenant,
    clientId: ids.client,
    clientSecret: secret.stringValue,
    use: "iap",
    preventDestroy: false,
  });

  const account = new PurposeServiceAccount(stack, "job", {
    accountId: "batch-job-dev",
    purpose: "Job",
    projectId,
    window: { until: windowEnd },
    killSwitch,
  });
  const becoming: Readonly<Record<string, Principal>> = {
    entra: application.client,
    identity: identity.client,
    github: github.workflows,
    gitlab: gitlab.pipelines,
    hcp: hcp.applies,
    "azure-devops": azureDevOps.pipelines,
    partner: partner.accounts[0] ?? application.client,
    aws: aws.role,
    cluster: cluster.accounts[0] ?? application.client,
    "private-cluster": privateCluster.accounts[0] ?? application.client,
    spiffe: svid.workloads[0] ?? application.client,
    "spiffe-x509": certificate.workloads[0] ?? application.client,
  };
  for (const [name, principal] of Object.entries(becoming)) account.grantBecome(principal, `become-by-${name}`);
  for (const [index, principal] of workspace.admitted.entries()) account.grantBecome(principal, `person-${index}`);
  const datasets = new Datasets(stack, "data", { projectId, location: "EU", datasetIds: ["dev_analytics"] });
  datasets.grant(account, "viewer");
  const direct = new DirectAccess(stack, "builds-direct", {
    principal: builds.subject(ids.pipeline),
    window: { until: windowEnd },
    killSwitch,
  });
  datasets.grant(direct, "viewer");
  const token = new SecretManagerSecret(stack, "token", {
    project: projectId,
    secretId: "api-token",
    replication: { auto: {} },
  });
  grantSecretRead(direct, "reads-token", { projectId, secretId: token.secretId });
  const administrators = workforce.group(ids.group);
  new AdministratorAccess(stack, "admins", { projectId, administrators, roles: ["roles/logging.viewer"] });
  new ProductionApproval(stack, "approval", {
    organizationId: "402918374650",
    projectId,
    entitlementId: "data-access",
    requesters: [administrators],
    approvers: ["group:approvers@ailab.com"],
    roles: ["roles/bigquery.dataViewer"],
    longestSeconds: 3600,
  });
  new TerraformOutput(stack, "login_configuration", { value: workforce.loginConfiguration, staticId: true });
  new TerraformOutput(stack, "credential_configuration", {
    value: credentialConfiguration(stack, {
      audience: cluster.audience,
      source: { kind: "file", file: "/var/run/secrets/token" },
      account,
      tokenLifetimeSeconds: 900,
    }),
    staticId: true,
  });
  return JSON.parse(Testing.synth(stack));
}
