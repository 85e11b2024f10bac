import { TerraformStack, Testing } from "cdktf";
import { z } from "zod";
import { PropertyError } from "../federation/property-error";
import { CiIdentities, type CiIdentitiesProps } from "./ci-identities";

const example: CiIdentitiesProps = {
  projectId: "example-dev",
  environment: "dev",
  generation: "01",
  preventDestroy: false,
  repository: { ownerId: "58213377", repositoryId: "712345678", repositoryName: "example/platform", branch: "main" },
  grantedRoles: ["roles/bigquery.jobUser"],
};

const memberSchema = z.looseObject({
  role: z.string(),
  member: z.string(),
  condition: z.looseObject({ expression: z.string() }).optional(),
});

function synthesized(props: Partial<CiIdentitiesProps> = {}) {
  const stack = new TerraformStack(Testing.app(), "dev");
  new CiIdentities(stack, "ci", { ...example, ...props });
  const { resource } = JSON.parse(Testing.synth(stack));
  const members = Object.values(z.record(z.string(), memberSchema).parse(resource.google_project_iam_member));
  const of = (kind: "plan" | "apply") => members.filter(({ member }) => member.includes(`.ci_${kind}_account_`));
  return { resource, plan: of("plan"), apply: of("apply"), members };
}

describe("the identities of CI", () => {
  it("only read where they plan: no basic role, no right to change, to read data or to open a secret", () => {
    const { plan } = synthesized();
    expect(plan.length).toBeGreaterThan(5);
    for (const { role, condition } of plan) {
      expect(role).toMatch(/(viewer|Viewer|reader|Reviewer|browser|Consumer)$/);
      expect(condition).toBeUndefined();
    }
    for (const role of ["viewer", "editor", "owner", "bigquery.dataViewer", "secretmanager.secretAccessor"]) {
      expect(plan.map((each) => each.role)).not.toContain(`roles/${role}`);
    }
  });

  it("may deploy, and change grants on the project only of the roles that the stack grants", () => {
    const { apply, members, plan } = synthesized();
    expect(members).toHaveLength(plan.length + apply.length);
    const admins = apply.filter(({ role }) => role === "roles/resourcemanager.projectIamAdmin");
    expect(admins.map(({ condition }) => condition?.expression)).toEqual([
      "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/bigquery.jobUser'])",
    ]);
    // What would lift that limit.
    for (const role of ["owner", "editor", "iam.securityAdmin", "iam.roleAdmin", "resourcemanager.organizationAdmin"]) {
      expect(apply.map((each) => each.role)).not.toContain(`roles/${role}`);
    }
  });

  it("have no key, and no secret in Entra", () => {
    const types = Object.keys(synthesized().resource);
    expect(types).not.toContain("google_service_account_key");
    expect(types).not.toContain("azuread_application_password");
    expect(types).not.toContain("azuread_application_certificate");
  });

  it("are told apart by pools of their own", () => {
    const { resource } = synthesized();
    const pools: { workload_identity_pool_id: string }[] = Object.values(resource.google_iam_workload_identity_pool);
    expect(pools.map((pool) => pool.workload_identity_pool_id).sort()).toEqual(["ci-apply-dev-01", "ci-plan-dev-01"]);
    const bindings: { service_account_id: string; member: string }[] = Object.values(
      resource.google_service_account_iam_member,
    );
    for (const kind of ["plan", "apply"]) {
      const becoming = bindings.filter((each) => each.service_account_id.includes(`.ci_${kind}_account_`));
      expect(becoming.map(({ member }) => member)).toEqual([
        expect.stringMatching(
          new RegExp(
            `google_iam_workload_identity_pool\\.ci_${kind}-pool_\\w+\\.name}/attribute\\.repository_id/712345678$`,
          ),
        ),
      ]);
    }
  });

  it.each([
    ["ownerId", { ownerId: "example" }],
    ["repositoryId", { repositoryId: "example/platform" }],
    ["repositoryName", { repositoryName: "platform" }],
    ["repositoryName", { repositoryName: "example/platform/.github/workflows/other.yml@refs/heads/main" }],
    ["branch", { branch: "refs/heads/main" }],
    ["branch", { branch: "*" }],
  ])("refuse a repository whose %s is %j", (property, wrong) => {
    const refused = () => synthesized({ repository: { ...example.repository, ...wrong } });
    expect(refused).toThrow(PropertyError);
    expect(refused).toThrow(new RegExp(`repository\\.${property} is`));
  });
});
