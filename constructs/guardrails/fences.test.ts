import fc from "fast-check";
import { PropertyError } from "../federation";
import { blockOf, blocksOf, synthesize } from "../gateway/synthesized";
import { AccessLevel, type AccessLevelProps } from "./access-level";
import { AuditConfiguration, type AuditConfigurationProps } from "./audit-configuration";
import { FederationDenyPolicy, type FederationDenyPolicyProps } from "./federation-deny-policy";
import { PrincipalAccessBoundary, type PrincipalAccessBoundaryProps } from "./principal-access-boundary";
import { QueryQuota, type QueryQuotaProps } from "./query-quota";
import { ServicePerimeter, type ServicePerimeterProps } from "./service-perimeter";

const boundary: PrincipalAccessBoundaryProps = {
  organizationId: "402918374650",
  name: "dev",
  project: { id: "example-dev", number: "710000000001" },
};
const deny: FederationDenyPolicyProps = {
  parent: "projects/example-dev",
  deployers: ["ci-apply-dev@example-dev.iam.gserviceaccount.com"],
};
const level: AccessLevelProps = {
  accessPolicy: "accessPolicies/123",
  name: "company_network",
  title: "Company",
  addressRanges: ["198.51.100.0/24"],
};
const perimeter: ServicePerimeterProps = {
  accessPolicy: "accessPolicies/123",
  name: "environments",
  title: "Environments",
  projectNumbers: ["710000000001"],
  restrictedServices: ["bigquery.googleapis.com", "sts.googleapis.com"],
  ingress: [
    {
      title: "Workloads",
      identities: ["serviceAccount:batch-job-dev@example-dev.iam.gserviceaccount.com"],
      projectNumbers: ["710000000001"],
      services: ["bigquery.googleapis.com"],
    },
  ],
};
const quota: QueryQuotaProps = {
  projectId: "example-dev",
  tebibytesPerDay: 1,
  tebibytesPerUserPerDay: 0.25,
  contactEmail: "cloud@example.com",
};
const audit: AuditConfigurationProps = { of: { projectId: "example-dev" } };

const constructs = {
  boundary: (changes: object) =>
    synthesize((stack) => void new PrincipalAccessBoundary(stack, "it", { ...boundary, ...changes })),
  deny: (changes: object) => synthesize((stack) => void new FederationDenyPolicy(stack, "it", { ...deny, ...changes })),
  level: (changes: object) => synthesize((stack) => void new AccessLevel(stack, "it", { ...level, ...changes })),
  perimeter: (changes: object) =>
    synthesize((stack) => void new ServicePerimeter(stack, "it", { ...perimeter, ...changes })),
  quota: (changes: object) => synthesize((stack) => void new QueryQuota(stack, "it", { ...quota, ...changes })),
  audit: (changes: object) => synthesize((stack) => void new AuditConfiguration(stack, "it", { ...audit, ...changes })),
};
const ingress = [perimeter.ingress?.[0]];

describe("fences", () => {
  it.each<[keyof typeof constructs, string, object]>([
    ["boundary", "organizationId", { organizationId: "x" }],
    ["boundary", "name", { name: "Dev" }],
    ["boundary", "project.number", { project: { id: "example-dev", number: "example-dev" } }],
    ["boundary", "reachableProjectIds", { reachableProjectIds: ["*"] }],
    ["deny", "parent", { parent: "projects/710000000001/x" }],
    ["deny", "parent", { parent: "organizations/example" }],
    ["deny", "deployers", { deployers: [] }],
    ["deny", "deployers", { deployers: ["nobody"] }],
    ["deny", "breakGlass", { breakGlass: ["principalSet://goog/public:all"] }],
    [
      "deny",
      "breakGlass",
      { breakGlass: ["principalSet://iam.googleapis.com/locations/global/workforcePools/people-01/*"] },
    ],
    ["level", "accessPolicy", { accessPolicy: "123" }],
    ["level", "name", { name: "1st" }],
    ["level", "title", { title: "" }],
    ["level", "addressRanges", { addressRanges: ["10.0.0.0/8"] }],
    ["level", "addressRanges", { addressRanges: ["198.51.100.1/24"] }],
    ["level", "addressRanges", { addressRanges: ["0.0.0.0/0"] }],
    ["level", "addressRanges", { addressRanges: ["::/0"] }],
    ["level", "addressRanges", { addressRanges: ["FC00::/8"] }],
    ["level", "regions", { regions: ["Germany"] }],
    ["level", "regions", { regions: [] }],
    ["perimeter", "accessLevels", { accessLevels: ["*"] }],
    ["perimeter", "accessLevels", { accessLevels: [] }],
    ["perimeter", "ingress[0].accessLevels", { ingress: [{ ...ingress[0], accessLevels: [] }] }],
    ["perimeter", "ingress[0].accessLevels", { ingress: [{ ...ingress[0], accessLevels: ["*"] }] }],
    ["perimeter", "enforced", { enforced: "false" }],
    ["audit", "services.sts.googleapis.com", { services: { "sts.googleapis.com": ["EVERYTHING"] } }],
    ["perimeter", "projectNumbers", { projectNumbers: [] }],
    ["perimeter", "projectNumbers", { projectNumbers: ["example-dev"] }],
    ["perimeter", "restrictedServices", { restrictedServices: [] }],
    ["perimeter", "restrictedServices", { restrictedServices: ["bigquery"] }],
    ["perimeter", "ingress[0].identities", { ingress: [{ ...ingress[0], identities: [] }] }],
    ["perimeter", "ingress[0].identities", { ingress: [{ ...ingress[0], identities: ["allUsers"] }] }],
    [
      "perimeter",
      "ingress[0].identities",
      {
        ingress: [
          {
            ...ingress[0],
            identities: ["principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*"],
          },
        ],
      },
    ],
    ["quota", "tebibytesPerDay", { tebibytesPerDay: 0 }],
    ["quota", "tebibytesPerDay", { tebibytesPerDay: Number.NaN }],
    ["quota", "tebibytesPerUserPerDay", { tebibytesPerUserPerDay: 2 }],
    ["quota", "contactEmail", { contactEmail: "nobody" }],
    ["audit", "services", { services: {} }],
    ["audit", "services.sts.googleapis.com", { services: { "sts.googleapis.com": [] } }],
    ["audit", "of.projectId", { of: { projectId: "710000000001" } }],
  ])("%s refuses a wrong %s: %j", (name, property, changes) => {
    expect(() => constructs[name](changes)).toThrow(PropertyError);
    expect(() => constructs[name](changes)).toThrow(`test/it: ${property} is`);
  });
});

describe("hostile text", () => {
  const hostile = fc
    .tuple(fc.string(), fc.constantFrom('"', "'", "\\", "\n", "$" + "{", "%" + "{", "*", " ", "/../"), fc.string())
    .map((parts) => parts.join(""));
  it.each<[keyof typeof constructs, (text: string) => object]>([
    ["boundary", (name) => ({ name })],
    ["boundary", (id) => ({ project: { id, number: "710000000001" } })],
    ["boundary", (text) => ({ reachableProjectIds: [text] })],
    ["deny", (text) => ({ parent: `projects/${text}` })],
    ["deny", (text) => ({ deployers: [text] })],
    ["deny", (text) => ({ breakGlass: [`principalSet://goog/group/${text}`] })],
    ["level", (name) => ({ name })],
    ["level", (text) => ({ accessPolicy: `accessPolicies/${text}` })],
    ["level", (text) => ({ addressRanges: [text] })],
    ["perimeter", (name) => ({ name })],
    ["perimeter", (text) => ({ restrictedServices: [text] })],
    ["perimeter", (text) => ({ ingress: [{ ...ingress[0], identities: [`serviceAccount:${text}`] }] })],
    ["quota", (contactEmail) => ({ contactEmail })],
    ["audit", (text) => ({ services: { [text]: ["ADMIN_READ"] } })],
  ])("comes into no %s: %s", (name, changes) => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(() => constructs[name](changes(text))).toThrow(PropertyError);
      }),
      { numRuns: 25 },
    );
  });
});

describe("a principal access boundary", () => {
  it("keeps the identities of a project inside the project", () => {
    const synthesized = constructs.boundary({});
    const [rule] = blocksOf(
      blockOf(synthesized.only("google_iam_principal_access_boundary_policy"), "details"),
      "rules",
    );
    expect(rule).toMatchObject({
      effect: "ALLOW",
      resources: ["//cloudresourcemanager.googleapis.com/projects/example-dev"],
    });
    expect(synthesized.only("google_iam_projects_policy_binding")).toMatchObject({
      policy_kind: "PRINCIPAL_ACCESS_BOUNDARY",
      target: { principal_set: "//cloudresourcemanager.googleapis.com/projects/710000000001" },
    });
  });
});

describe("a deny policy", () => {
  it("denies changes of federation to everybody but the deployers, and keys to everybody", () => {
    const policy = constructs.deny({}).only("google_iam_deny_policy");
    expect(policy["parent"]).toBe("cloudresourcemanager.googleapis.com%2Fprojects%2Fexample-dev");
    const [keys, changes] = blocksOf(policy, "rules").map((rule) => blockOf(rule, "deny_rule"));
    expect(keys).toEqual({
      denied_principals: ["principalSet://goog/public:all"],
      denied_permissions: ["iam.googleapis.com/serviceAccountKeys.create"],
    });
    expect(changes).toMatchObject({
      denied_principals: ["principalSet://goog/public:all"],
      exception_principals: [
        "principal://iam.googleapis.com/projects/-/serviceAccounts/ci-apply-dev@example-dev.iam.gserviceaccount.com",
      ],
      denied_permissions: expect.arrayContaining(["iam.googleapis.com/workloadIdentityPoolProviders.update"]),
    });
  });
});

describe("an access level", () => {
  it("never holds for every address: a list without ranges would (trap 57)", () => {
    expect(() => constructs.level({ addressRanges: [] })).toThrow("none means every address");
  });

  it("has the name that conditions compare, by letter case", () => {
    expect(constructs.level({}).only("google_access_context_manager_access_level")["name"]).toBe(
      "accessPolicies/123/accessLevels/company_network",
    );
  });
});

describe("a service perimeter", () => {
  const specOf = (changes: object, name: string) =>
    blockOf(constructs.perimeter(changes).only("google_access_context_manager_service_perimeter"), name);

  it("begins as a dry run, and refuses once it is told to", () => {
    const dry = constructs.perimeter({}).only("google_access_context_manager_service_perimeter");
    expect(dry).toMatchObject({ use_explicit_dry_run_spec: true, status: {} });
    expect(specOf({}, "spec")["resources"]).toEqual(["projects/710000000001"]);
    const enforced = constructs.perimeter({ enforced: true }).only("google_access_context_manager_service_perimeter");
    expect(enforced["spec"]).toBeUndefined();
    expect(specOf({ enforced: true }, "status")).toEqual(specOf({}, "spec"));
  });

  it("lets token exchanges in from everybody, for they carry no identity, and nothing else", () => {
    const [exchange, workloads] = blocksOf(specOf({}, "spec"), "ingress_policies");
    expect(blockOf(exchange ?? {}, "ingress_from")["identity_type"]).toBe("ANY_IDENTITY");
    expect(
      blocksOf(blockOf(exchange ?? {}, "ingress_to"), "operations").map(({ service_name }) => service_name),
    ).toEqual(["sts.googleapis.com"]);
    expect(blockOf(workloads ?? {}, "ingress_from")["identity_type"]).toBeUndefined();
    expect(
      blocksOf(specOf({ restrictedServices: ["bigquery.googleapis.com"] }, "spec"), "ingress_policies"),
    ).toHaveLength(1);
  });
});

describe("caps of BigQuery", () => {
  it("are quota preferences in MiB: the override of quotas is none of this provider (trap 35)", () => {
    const preferences = constructs.quota({}).ofType("google_cloud_quotas_quota_preference");
    expect(preferences.map(({ quota_id, quota_config }) => [quota_id, quota_config])).toEqual([
      ["QueryUsagePerDay", { preferred_value: "1048576" }],
      ["QueryUsagePerUserPerDay", { preferred_value: "262144" }],
    ]);
    expect(
      constructs
        .quota({})
        .all()
        .some(({ address }) => address.includes("quota_override")),
    ).toBe(false);
  });

  it("are of the project and of each user alike: no property names a principal (trap 37)", () => {
    for (const preference of constructs.quota({}).ofType("google_cloud_quotas_quota_preference"))
      expect(preference["dimensions"]).toBeUndefined();
  });

  it("are lowered past the check that a large decrease would meet", () => {
    for (const preference of constructs.quota({}).ofType("google_cloud_quotas_quota_preference"))
      expect(preference["ignore_safety_checks"]).toBe("QUOTA_DECREASE_PERCENTAGE_TOO_HIGH");
  });
});

describe("audit configuration", () => {
  it("logs exchanges and impersonation of a project, by the API that takes it (trap 39)", () => {
    const services = constructs
      .audit({})
      .ofType("google_project_iam_audit_config")
      .map(({ service }) => service);
    expect(services).toContain("sts.googleapis.com");
    expect(services).toContain("iam.googleapis.com");
    expect(() => constructs.audit({ services: { "iamcredentials.googleapis.com": ["ADMIN_READ"] } })).toThrow(
      "its calls are logged with iam.googleapis.com",
    );
  });

  it("logs sign-ins of workforce pools at the organization, where they are (trap 40)", () => {
    const of = { organizationId: "402918374650" };
    const synthesized = constructs.audit({ of, services: { "sts.googleapis.com": ["ADMIN_READ"] } });
    expect(synthesized.only("google_organization_iam_audit_config")).toMatchObject({ org_id: "402918374650" });
    expect(synthesized.ofType("google_project_iam_audit_config")).toEqual([]);
  });
});
