import { Testing } from "cdktf";
import { z } from "zod";
import { EnvironmentStack } from "./environment-stack";
import { EnvironmentError, environmentNames, loadEnvironment } from "./load";
import { loadOrganization } from "./load-organization";
import { organization } from "./organization";
import { OrganizationStack } from "./organization-stack";

const environments = environmentNames.map(loadEnvironment);
const resources = z.looseObject({ resource: z.record(z.string(), z.record(z.string(), z.looseObject({}))) });
const provider = z.looseObject({
  oidc: z.looseObject({ issuer_uri: z.string(), jwks_json: z.string().optional() }).optional(),
  aws: z.looseObject({ account_id: z.string() }).optional(),
});

describe("the organization", () => {
  const text = Testing.synth(new OrganizationStack(Testing.app(), loadOrganization(), environments));
  const declared = resources.parse(JSON.parse(text)).resource;

  it("allows every issuer and AWS account that an environment has", () => {
    const { allowedIssuers, allowedAwsAccounts, allowUploadedKeys } = loadOrganization();
    for (const environment of environments) {
      const stack = Testing.synth(new EnvironmentStack(Testing.app(), environment));
      const providers = resources.parse(JSON.parse(stack)).resource["google_iam_workload_identity_pool_provider"] ?? {};
      expect(Object.keys(providers).length).toBeGreaterThan(0);
      for (const { oidc, aws } of Object.values(providers).map((one) => provider.parse(one))) {
        if (oidc !== undefined) expect(allowedIssuers).toContain(oidc.issuer_uri.replace(/\/$/, ""));
        if (oidc?.jwks_json !== undefined) expect(allowUploadedKeys).toBe(true);
        if (aws !== undefined) expect(allowedAwsAccounts).toContain(aws.account_id);
      }
    }
  });

  it("fences in the project of every environment, and lets its own deployments alone change federation", () => {
    for (const { name, project } of environments) {
      expect(text).toContain(`//cloudresourcemanager.googleapis.com/projects/${project.number}`);
      expect(text).toContain(`serviceAccounts/ci-apply-${name}@${project.id}.iam.gserviceaccount.com`);
    }
    expect(Object.keys(declared["google_iam_deny_policy"] ?? {})).toHaveLength(environments.length);
  });

  it("fences in no environment of another organization", () => {
    const [dev] = environments;
    if (dev === undefined) throw new Error("there is an environment");
    const build = () =>
      new OrganizationStack(Testing.app(), loadOrganization(), [{ ...dev, organizationId: "402918374651" }]);
    expect(build).toThrow(/^organization: dev.organizationId is "402918374651"; expected 402918374650/);
  });

  it("refers to no other stack's state", () => {
    expect(text).not.toContain("terraform_remote_state");
  });

  it.each<[string, object]>([
    ["id", { id: "ailab" }],
    ["project.id", { project: { id: "X", number: "710000000000" } }],
    ["allowedIssuers", { allowedIssuers: [] }],
    ["allowedAwsAccounts[0]", { allowedAwsAccounts: ["1"] }],
    ["breakGlassGroup", { breakGlassGroup: "everyone" }],
    ["perimeter.addressRanges", { perimeter: { addressRanges: [] } }],
    ["signIns.retentionDays", { signIns: { location: "eu", retentionDays: 0 } }],
    ["unknown", { unknown: true }],
  ])("is refused with a wrong %s, by file and path", (path, changes) => {
    const load = () => loadOrganization({ ...organization, ...changes });
    expect(load).toThrow(EnvironmentError);
    expect(load).toThrow(`environments/organization.ts: ${path}`);
  });
});
