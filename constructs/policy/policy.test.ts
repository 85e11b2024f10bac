import { ArtifactRegistryRepositoryIamMember } from "@cdktf/provider-google/lib/artifact-registry-repository-iam-member";
import { BigqueryDataset } from "@cdktf/provider-google/lib/bigquery-dataset";
import { BigqueryDatasetIamMember } from "@cdktf/provider-google/lib/bigquery-dataset-iam-member";
import { CloudRunService } from "@cdktf/provider-google/lib/cloud-run-service";
import { CloudRunV2Service } from "@cdktf/provider-google/lib/cloud-run-v2-service";
import { CloudRunV2ServiceIamMember } from "@cdktf/provider-google/lib/cloud-run-v2-service-iam-member";
import { IamWorkforcePoolProvider } from "@cdktf/provider-google/lib/iam-workforce-pool-provider";
import { IamWorkloadIdentityPool } from "@cdktf/provider-google/lib/iam-workload-identity-pool";
import { IamWorkloadIdentityPoolProvider } from "@cdktf/provider-google/lib/iam-workload-identity-pool-provider";
import { IapBrand } from "@cdktf/provider-google/lib/iap-brand";
import { IapClient } from "@cdktf/provider-google/lib/iap-client";
import { IapSettings } from "@cdktf/provider-google/lib/iap-settings";
import { IapWebBackendServiceIamMember } from "@cdktf/provider-google/lib/iap-web-backend-service-iam-member";
import { PrivilegedAccessManagerEntitlement } from "@cdktf/provider-google/lib/privileged-access-manager-entitlement";
import { ProjectIamBinding } from "@cdktf/provider-google/lib/project-iam-binding";
import { ProjectIamCustomRole } from "@cdktf/provider-google/lib/project-iam-custom-role";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { PubsubTopicIamMember } from "@cdktf/provider-google/lib/pubsub-topic-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamBinding } from "@cdktf/provider-google/lib/service-account-iam-binding";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import { ServiceAccountKey } from "@cdktf/provider-google/lib/service-account-key";
import { StorageBucketAccessControl } from "@cdktf/provider-google/lib/storage-bucket-access-control";
import { StorageHmacKey } from "@cdktf/provider-google/lib/storage-hmac-key";
import { Fn, Lazy, type TerraformStack, TerraformVariable } from "cdktf";
import { exampleImage } from "../gateway/example-props";
import { policyRules } from ".";
import { type Build, problems } from "./testing/policy-problems";

const pool =
  "principalSet://iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/github-dev-01";
const account = "projects/example-dev/serviceAccounts/a@example-dev.iam.gserviceaccount.com";
const service = (changes: object = {}, template: object = {}) => ({
  name: "app",
  location: "europe-west4",
  ingress: "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
  template: {
    serviceAccount: "app@example-dev.iam.gserviceaccount.com",
    containers: [{ image: exampleImage }],
    ...template,
  },
  ...changes,
});
const oidc = { issuerUri: "https://token.actions.githubusercontent.com" };
const provider = (id: string, changes: object = {}) => ({
  workloadIdentityPoolId: "github-dev-01",
  workloadIdentityPoolProviderId: id,
  attributeCondition: "assertion.repository_id == '1'",
  oidc,
  ...changes,
});
const become = (member: string, changes: object = {}) => ({
  serviceAccountId: account,
  role: "roles/iam.workloadIdentityUser",
  member,
  ...changes,
});
const conditional = (expression: string) => ({ condition: { title: "t", expression } });
const reads = (member: string, changes: object = {}) => ({
  datasetId: "d",
  role: "roles/bigquery.dataViewer",
  member,
  ...changes,
});

const cases: readonly (readonly [rule: keyof typeof policyRules, title: string, build: Build])[] = [
  [
    "no-service-account-key",
    "a service account key",
    (s) => new ServiceAccountKey(s, "it", { serviceAccountId: account }),
  ],
  [
    "no-public-member",
    "allUsers as invoker of a backend without IAP (trap 26)",
    (s) => new CloudRunV2ServiceIamMember(s, "it", { name: "app", role: "roles/run.invoker", member: "allUsers" }),
  ],
  [
    "no-public-member",
    "every Google identity on a dataset",
    (s) => new BigqueryDatasetIamMember(s, "it", reads("allAuthenticatedUsers")),
  ],
  ["no-pool-wide-member", "a whole pool (trap 7)", (s) => new ServiceAccountIamMember(s, "it", become(`${pool}/*`))],
  [
    "no-pool-wide-member",
    "every value of an attribute (trap 7)",
    (s) => new ServiceAccountIamMember(s, "it", become(`${pool}/attribute.ref/*`)),
  ],
  [
    "no-token-creator",
    "a role that signs (trap 8)",
    (s) =>
      new ServiceAccountIamMember(
        s,
        "it",
        become(`${pool}/attribute.ref/main`, { role: "roles/iam.serviceAccountTokenCreator" }),
      ),
  ],
  [
    "no-project-wide-impersonation",
    "impersonation on the project (trap 8)",
    (s) =>
      new ProjectIamMember(s, "it", {
        project: "example-dev",
        role: "roles/iam.workloadIdentityUser",
        member: `${pool}/attribute.ref/main`,
      }),
  ],
  [
    "provider-has-condition",
    "a provider that admits everybody (trap 3)",
    (s) => new IamWorkloadIdentityPoolProvider(s, "it", provider("a123", { attributeCondition: "true" })),
  ],
  [
    "principal-by-project-number",
    "a principal with the project's id (trap 2)",
    (s) =>
      new ServiceAccountIamMember(s, "it", become(`${pool.replace("710000000001", "example-dev")}/attribute.ref/main`)),
  ],
  [
    "no-default-service-account",
    "a service without an account of its own",
    (s) => new CloudRunV2Service(s, "it", service({}, { serviceAccount: undefined })),
  ],
  [
    "no-default-service-account",
    "the default account as a member",
    (s) =>
      new BigqueryDatasetIamMember(s, "it", reads("serviceAccount:710000000001-compute@developer.gserviceaccount.com")),
  ],
  [
    "image-by-digest",
    "an image by its tag (trap 47)",
    (s) =>
      new CloudRunV2Service(
        s,
        "it",
        service({}, { containers: [{ image: "europe-west4-docker.pkg.dev/example-dev/keyless/app:latest" }] }),
      ),
  ],
  [
    "no-identity-platform",
    "IAP settings with Identity Platform (trap 20)",
    (s) =>
      new IapSettings(s, "it", { name: "projects/1/iap_web", accessSettings: { gcipSettings: { tenantIds: ["t"] } } }),
  ],
  [
    "no-iap-brand",
    "an IAP brand",
    (s) => new IapBrand(s, "it", { supportEmail: "a@example.com", applicationTitle: "t" }),
  ],
  ["no-iap-brand", "an IAP client", (s) => new IapClient(s, "it", { brand: "b", displayName: "d" })],
  [
    "no-direct-invoker",
    "a federated principal as invoker (trap 10)",
    (s) =>
      new CloudRunV2ServiceIamMember(s, "it", {
        name: "app",
        role: "roles/run.invoker",
        member: `${pool}/attribute.ref/main`,
      }),
  ],
  [
    "ingress-through-load-balancer",
    "an ingress past the load balancer (trap 25)",
    (s) => new CloudRunV2Service(s, "it", service({ ingress: "INGRESS_TRAFFIC_ALL" })),
  ],
  [
    "ingress-through-load-balancer",
    "no ingress at all, which is all (trap 25)",
    (s) => new CloudRunV2Service(s, "it", service({ ingress: undefined })),
  ],
  [
    "condition-reads-request-only",
    "claims in an IAM condition (trap 5)",
    (s) =>
      new ServiceAccountIamMember(s, "it", become(`${pool}/attribute.ref/main`, conditional("assertion.ref == 'x'"))),
  ],
  [
    "access-levels-for-iap-only",
    "access levels on another role than IAP's (trap 6)",
    (s) =>
      new BigqueryDatasetIamMember(
        s,
        "it",
        reads("user:a@example.com", conditional("'accessPolicies/1/accessLevels/a' in request.auth.access_levels")),
      ),
  ],
  [
    "condition-where-supported",
    "a condition on a binding of Artifact Registry (trap 48)",
    (s) =>
      new ArtifactRegistryRepositoryIamMember(s, "it", {
        repository: "r",
        role: "roles/artifactregistry.reader",
        member: "user:a@example.com",
        ...conditional("request.time < timestamp('2026-01-31T00:00:00Z')"),
      }),
  ],
  [
    "condition-where-supported",
    "a condition on a binding of a Pub/Sub topic (trap 48)",
    (s) =>
      new PubsubTopicIamMember(s, "it", {
        topic: "t",
        role: "roles/pubsub.publisher",
        member: "user:a@example.com",
        ...conditional("request.time < timestamp('2026-01-31T00:00:00Z')"),
      }),
  ],
  [
    "no-service-account-key",
    "a key of a service account for Cloud Storage",
    (s) => new StorageHmacKey(s, "it", { serviceAccountEmail: "a@example-dev.iam.gserviceaccount.com" }),
  ],
  [
    "no-public-member",
    "everybody in the access list of a dataset",
    (s) =>
      new BigqueryDataset(s, "it", {
        datasetId: "d",
        access: [{ role: "READER", specialGroup: "allAuthenticatedUsers" }],
      }),
  ],
  [
    "no-public-member",
    "everybody in the access list of a bucket",
    (s) => new StorageBucketAccessControl(s, "it", { bucket: "b", role: "READER", entity: "allUsers" }),
  ],
  [
    "no-public-member",
    "everybody, by a member that is made during the synthesis",
    (s) => new ServiceAccountIamMember(s, "it", become(Lazy.stringValue({ produce: () => "allUsers" }))),
  ],
  [
    "no-token-creator",
    "a role that signs, made during the synthesis",
    (s) =>
      new ServiceAccountIamMember(
        s,
        "it",
        become("user:a@example.com", {
          role: Lazy.stringValue({ produce: () => "roles/iam.serviceAccountTokenCreator" }),
        }),
      ),
  ],
  [
    "no-token-creator",
    "a role of one's own that signs",
    (s) =>
      new ProjectIamCustomRole(s, "it", {
        roleId: "signer",
        title: "Signer",
        permissions: ["iam.serviceAccounts.get", "iam.serviceAccounts.signJwt"],
      }),
  ],
  [
    "no-project-wide-impersonation",
    "an approval that lets people become every account of the project",
    (s) =>
      new PrivilegedAccessManagerEntitlement(s, "it", {
        parent: "projects/example-dev",
        location: "global",
        entitlementId: "become",
        maxRequestDuration: "3600s",
        eligibleUsers: [{ principals: ["user:a@example.com"] }],
        requesterJustificationConfig: { unstructured: {} },
        privilegedAccess: {
          gcpIamAccess: {
            resource: "//cloudresourcemanager.googleapis.com/projects/example-dev",
            resourceType: "cloudresourcemanager.googleapis.com/Project",
            roleBindings: [{ role: "roles/iam.workloadIdentityUser" }],
          },
        },
      }),
  ],
  [
    "no-unknown-member",
    "a member that a variable names",
    (s) =>
      new ServiceAccountIamMember(s, "it", become(new TerraformVariable(s, "who", { type: "string" }).stringValue)),
  ],
  [
    "provider-has-condition",
    "a workforce provider that admits everybody (trap 3)",
    (s) => new IamWorkforcePoolProvider(s, "it", { location: "global", workforcePoolId: "p", providerId: "a123" }),
  ],
  ["no-public-member", "everybody, in other capitals", (s) => new BigqueryDatasetIamMember(s, "it", reads("AllUsers"))],
  [
    "no-unknown-member",
    "a list of members that a variable holds",
    (s) =>
      new ServiceAccountIamBinding(s, "it", {
        serviceAccountId: account,
        role: "roles/iam.workloadIdentityUser",
        members: new TerraformVariable(s, "who", { type: "list(string)" }).listValue,
      }),
  ],
  [
    "no-unknown-member",
    "a member that a function makes",
    (s) => new ServiceAccountIamMember(s, "it", become(Fn.join("", ["all", "Users"]))),
  ],
  ...["(true)", "1 == 1", "'assertion.x' == ''", "assertion.x == '1' || true", "(true) || assertion.x == '1'"].map(
    (attributeCondition): (typeof cases)[number] => [
      "provider-has-condition",
      `a provider whose condition always holds: ${attributeCondition} (trap 3)`,
      (s) => new IamWorkloadIdentityPoolProvider(s, "it", provider("a123", { attributeCondition })),
    ],
  ),
  [
    "image-by-digest",
    "an image whose tag is made during the synthesis (trap 47)",
    (s) =>
      new CloudRunV2Service(
        s,
        "it",
        service({}, { containers: [{ image: Lazy.stringValue({ produce: () => "example/app:latest" }) }] }),
      ),
  ],
  [
    "no-authoritative-policy",
    "a binding that replaces what others granted",
    (s) =>
      new ProjectIamBinding(s, "it", { project: "example-dev", role: "roles/viewer", members: ["user:a@example.com"] }),
  ],
  [
    "one-provider-a-pool",
    "a second provider in a pool (trap 9)",
    (s) => ["a123", "b123"].map((id) => new IamWorkloadIdentityPoolProvider(s, id, provider(id))),
  ],
];

describe("the synthesis is refused", () => {
  it.each(cases)("by %s: %s", (rule, _title, build) => {
    const [problem = "", ...others] = problems(build);
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^dev/(it|b123): ${rule}: `));
    expect(problem.endsWith(policyRules[rule].remedy)).toBe(true);
  });

  it("for a second provider of a workforce pool, also where a resource names the pool (trap 21)", () => {
    const workforce = (stack: TerraformStack) =>
      ["a123", "b123"].map(
        (id) =>
          new IamWorkforcePoolProvider(stack, id, {
            location: "global",
            workforcePoolId: "people-01",
            providerId: id,
            attributeCondition: "assertion.tid == '1'",
          }),
      );
    expect(problems(workforce)).toEqual([expect.stringContaining("one-provider-a-pool: the pool of dev/a123")]);
    const byReference = (stack: TerraformStack) => {
      const { workloadIdentityPoolId } = new IamWorkloadIdentityPool(stack, "pool", {
        workloadIdentityPoolId: "github-dev-01",
      });
      for (const id of ["a123", "b123"])
        new IamWorkloadIdentityPoolProvider(stack, id, provider(id, { workloadIdentityPoolId }));
    };
    expect(problems(byReference)).toHaveLength(1);
  });

  it("for a second provider of a pool, however each of them names it (trap 9)", () => {
    const named = (second: (pool: IamWorkloadIdentityPool) => object) => (stack: TerraformStack) => {
      const its = new IamWorkloadIdentityPool(stack, "pool", {
        project: "example-dev",
        workloadIdentityPoolId: "github-dev-01",
      });
      const first = { project: "example-dev", workloadIdentityPoolId: its.workloadIdentityPoolId };
      new IamWorkloadIdentityPoolProvider(stack, "a123", provider("a123", first));
      new IamWorkloadIdentityPoolProvider(stack, "b123", provider("b123", second(its)));
    };
    const found = [expect.stringContaining("dev/b123: one-provider-a-pool: the pool of dev/a123")];
    expect(problems(named((its) => ({ workloadIdentityPoolId: its.workloadIdentityPoolId })))).toEqual(found);
    expect(problems(named(() => ({ project: "example-dev" })))).toEqual(found);
    expect(problems(named(() => ({ project: "example-other" })))).toEqual([]);
  });

  it("for providers of one pool in two stacks, and not for those of two projects (trap 9)", () => {
    const inProject = (project?: string) => (stack: TerraformStack) =>
      new IamWorkloadIdentityPoolProvider(stack, "a123", provider("a123", project === undefined ? {} : { project }));
    expect(problems(inProject("example-dev"), [], ["dev", "more"])).toEqual([
      expect.stringContaining("more/a123: one-provider-a-pool: the pool of dev/a123"),
    ]);
    expect(problems(inProject(), [], ["dev", "prod"])).toEqual([]);
  });

  it("for the first version of Cloud Run's interface as for the second", () => {
    const first = (stack: TerraformStack) =>
      new CloudRunService(stack, "it", {
        name: "app",
        location: "europe-west4",
        template: { spec: { containers: [{ image: "example/app:latest" }] } },
      });
    expect(problems(first).map((problem) => problem.split(": ")[1])).toEqual([
      "no-default-service-account",
      "image-by-digest",
      "ingress-through-load-balancer",
    ]);
  });

  it("for what an override writes past the properties, and for what stands in the stack's own JSON", () => {
    const overridden = (stack: TerraformStack) => {
      new BigqueryDatasetIamMember(stack, "it", reads("user:a@example.com")).addOverride("member", "allUsers");
    };
    expect(problems(overridden)).toEqual([expect.stringContaining("dev/it: no-public-member: allUsers")]);
    const raw = (stack: TerraformStack) =>
      stack.addOverride("resource.google_service_account_key.raw", { service_account_id: account });
    expect(problems(raw)).toEqual([expect.stringContaining("dev: no-service-account-key")]);
    const late = (stack: TerraformStack) =>
      new BigqueryDatasetIamMember(stack, "it", reads("user:a@example.com")).addOverride(
        "member",
        Lazy.stringValue({ produce: () => "allUsers" }),
      );
    expect(problems(late)).toEqual([expect.stringContaining("dev/it: no-public-member: allUsers")]);
    const listed = (stack: TerraformStack) =>
      stack.addOverride("resource", [{ google_service_account_key: [{ raw: [{ service_account_id: account }] }] }]);
    expect(problems(listed)).toEqual([expect.stringContaining("dev: no-service-account-key")]);
  });

  it("with all that is wrong at once, in all stacks", () => {
    const build = (stack: TerraformStack) => new ServiceAccountKey(stack, "it", { serviceAccountId: account });
    expect(problems(build, [], ["dev", "prod"]).map((line) => line.split(":")[0])).toEqual(["dev/it", "prod/it"]);
  });
});

describe("the synthesis passes", () => {
  it.each<[string, Build]>([
    ["one value of an attribute", (s) => new ServiceAccountIamMember(s, "it", become(`${pool}/attribute.ref/main`))],
    [
      "a condition that holds such a text as a value",
      (s) =>
        new ServiceAccountIamMember(
          s,
          "it",
          become(`${pool}/attribute.ref/main`, conditional("resource.name == 'assertion.x'")),
        ),
    ],
    [
      "access levels of IAP",
      (s) =>
        new IapWebBackendServiceIamMember(s, "it", {
          webBackendService: "b",
          role: "roles/iap.httpsResourceAccessor",
          member: "user:a@example.com",
          ...conditional("'accessPolicies/1/accessLevels/a' in request.auth.access_levels"),
        }),
    ],
    [
      "an account as a member, by its reference",
      (s) =>
        new BigqueryDatasetIamMember(
          s,
          "it",
          reads(new ServiceAccount(s, "account", { accountId: "reader-dev" }).member),
        ),
    ],
    [
      "a member and a condition that are made during the synthesis",
      (s) =>
        new ServiceAccountIamMember(
          s,
          "it",
          become(Lazy.stringValue({ produce: () => `${pool}/attribute.ref/main` }), conditional("resource.name != ''")),
        ),
    ],
    [
      "a condition that asks for a claim's presence",
      (s) =>
        new IamWorkloadIdentityPoolProvider(
          s,
          "it",
          provider("a123", { attributeCondition: "'a.b' in assertion && assertion['a.b'] == '1'" }),
        ),
    ],
    ["a service behind a load balancer", (s) => new CloudRunV2Service(s, "it", service())],
    [
      "two providers in two pools",
      (s) =>
        ["a123", "b123"].map(
          (id) => new IamWorkloadIdentityPoolProvider(s, id, provider(id, { workloadIdentityPoolId: id })),
        ),
    ],
  ])("with %s", (_title, build) => {
    expect(problems(build)).toEqual([]);
  });
});
