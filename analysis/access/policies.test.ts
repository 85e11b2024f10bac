import type { Json, JsonObject, Resource } from "../terraform/resource";
import * as fixture from "./fixture";
import { deployer, githubIdentity, githubPool, now } from "./fixture";
import { evaluateImpersonation } from "./impersonation";
import { buildAccessModel } from "./model";

const anyone = `principalSet://iam.googleapis.com/${githubPool}/*`;
const become = (changes: fixture.Changes) =>
  evaluateImpersonation(
    fixture.companyModel(changes),
    githubIdentity,
    deployer,
    "iam.serviceAccounts.getAccessToken",
    now,
  );
const without = { "google_service_account_iam_member.become": undefined };
const user = "roles/iam.workloadIdentityUser";

describe("policies as documents", () => {
  const policy = (document: Json): fixture.Changes => ({
    ...without,
    "google_service_account_iam_policy.p": { service_account_id: deployer, policy_data: JSON.stringify(document) },
  });

  it("grant what they list, under their conditions", () => {
    const binding = { role: user, members: ["user:a@b.c", anyone] };
    expect(become(policy({ bindings: [binding] })).allowed).toBe(true);
    const expired = { expression: "request.time < timestamp('2020-01-01T00:00:00Z')", title: "t" };
    expect(become(policy({ bindings: [{ ...binding, condition: expired }] })).allowed).toBe(false);
    expect(become(policy({ bindings: [] })).allowed).toBe(false);
    expect(become(policy({})).allowed).toBe(false);
  });

  it.each(["{", "[]", '{"bindings":[{"role":7}]}', '{"bindings":{}}'])(
    "of another form are named and grant nothing: %s",
    (text) => {
      const model = fixture.companyModel({
        ...without,
        "google_service_account_iam_policy.p": { service_account_id: deployer, policy_data: text },
      });
      expect(model.unreadable).toEqual([
        { address: "google_service_account_iam_policy.p", problem: expect.stringContaining("policy_data") },
      ]);
      expect(model.bindings.size).toBe(0);
    },
  );
});

describe("contradictions", () => {
  const on = (form: string, values: Record<string, Json>): fixture.Changes => ({
    [`google_service_account_iam_${form}.other`]: { service_account_id: deployer, ...values },
  });

  it("are a policy beside anything, and a role that a binding owns beside another statement of it", () => {
    const found = (changes: fixture.Changes) => fixture.companyModel(changes).contradictions;
    expect(
      found(
        on("policy", {
          policy_data: JSON.stringify({ bindings: [{ role: "roles/viewer", members: ["user:a@b.c"] }] }),
        }),
      ),
    ).toHaveLength(1);
    expect(found(on("binding", { role: user, members: [anyone] }))).toEqual([
      {
        resource: `serviceAccounts/${deployer}`,
        role: user,
        addresses: ["google_service_account_iam_member.become", "google_service_account_iam_binding.other"],
      },
    ]);
  });

  it("are not a binding of another role or under another condition, or many members of one binding", () => {
    const found = (changes: fixture.Changes) => fixture.companyModel(changes).contradictions;
    expect(found(on("binding", { role: "roles/iam.serviceAccountUser", members: [anyone, "user:a@b.c"] }))).toEqual([]);
    expect(
      found(on("binding", { role: user, members: [anyone], condition: [{ expression: "true", title: "t" }] })),
    ).toEqual([]);
    expect(found(on("member", { role: user, member: anyone }))).toEqual([]);
  });
});

describe("custom roles", () => {
  const role = (values: Record<string, Json>): fixture.Changes => ({
    "google_project_iam_custom_role.r": { role_id: "becomer", project: "ailab-dev", ...values },
    "google_service_account_iam_member.become": { role: "projects/ailab-dev/roles/becomer" },
  });

  it("grant their permissions, by the project's id or number", () => {
    const permissions = ["iam.serviceAccounts.getAccessToken"];
    expect(become(role({ permissions })).allowed).toBe(true);
    const byNumber = { "google_service_account_iam_member.become": { role: "projects/710/roles/becomer" } };
    expect(become({ ...role({ permissions }), ...byNumber }).allowed).toBe(true);
    expect(become(role({ permissions: ["iam.serviceAccounts.get"] })).allowed).toBe(false);
  });

  it("grant nothing when they are deleted, of another project or not readable", () => {
    const permissions = ["iam.serviceAccounts.getAccessToken"];
    expect(become(role({ permissions, deleted: true })).allowed).toBe(false);
    expect(become(role({ permissions, project: "other" })).allowed).toBe(false);
    expect(become(role({ permissions: "all" })).allowed).toBe(false);
  });
});

describe("folders and organizations", () => {
  const project = (values: JsonObject): fixture.Changes => ({
    "google_project.p": { project_id: "ailab-dev", number: "710", ...values },
  });
  const folder = (name: string, parent: string): JsonObject => ({ name, parent });
  const wide = (type: string, values: JsonObject): fixture.Changes => ({
    ...without,
    [`${type}_iam_member.wide`]: { role: "roles/iam.serviceAccountTokenCreator", member: anyone, ...values },
  });

  it("hand their bindings down to the projects in them", () => {
    const tree: fixture.Changes = {
      ...project({ folder_id: "20" }),
      "google_folder.inner": folder("folders/20", "folders/10"),
      "google_folder.outer": folder("folders/10", "organizations/9"),
    };
    expect(become({ ...tree, ...wide("google_folder", { folder: "folders/10" }) }).allowed).toBe(true);
    expect(become({ ...tree, ...wide("google_organization", { org_id: "9" }) }).allowed).toBe(true);
    expect(become({ ...tree, ...wide("google_folder", { folder: "folders/30" }) }).allowed).toBe(false);
    expect(become({ ...tree, ...wide("google_organization", { org_id: "8" }) }).allowed).toBe(false);
  });

  it("of which nothing is said: the only organization that is named is taken, none of several", () => {
    expect(become(wide("google_organization", { org_id: "9" })).allowed).toBe(true);
    const two = { "google_organization_iam_member.other": { org_id: "8", role: "roles/viewer", member: "user:a@b.c" } };
    expect(become({ ...wide("google_organization", { org_id: "9" }), ...two }).allowed).toBe(false);
  });

  it("that lie in one another end", () => {
    const circle: fixture.Changes = {
      ...project({ folder_id: "20" }),
      "google_folder.a": folder("folders/20", "folders/10"),
      "google_folder.b": folder("folders/10", "folders/20"),
    };
    expect(become({ ...circle, ...wide("google_folder", { folder: "folders/10" }) }).allowed).toBe(true);
  });
});

describe("deny policies", () => {
  const deny = (
    rule: JsonObject,
    parent = "cloudresourcemanager.googleapis.com%2Fprojects%2Failab-dev",
  ): fixture.Changes => ({
    "google_iam_deny_policy.d": { parent, rules: [{ deny_rule: [rule] }] },
  });
  const permission = "iam.googleapis.com/serviceAccounts.getAccessToken";
  const everyone = "principalSet://goog/public:all";

  it.each<[string, JsonObject]>([
    ["everybody", { denied_principals: [everyone], denied_permissions: [permission] }],
    ["the pool", { denied_principals: [anyone], denied_permissions: [permission] }],
    ["a pattern", { denied_principals: [everyone], denied_permissions: ["iam.googleapis.com/serviceAccounts.*"] }],
    [
      "a condition that is not known",
      {
        denied_principals: [everyone],
        denied_permissions: [permission],
        denial_condition: [{ expression: "resource.matchTag('1/env', 'prod')" }],
      },
    ],
  ])("take away what bindings grant: %s", (_, rule) => {
    expect(become(deny(rule))).toMatchObject({
      allowed: false,
      explanation: expect.stringContaining("google_iam_deny_policy.d denies"),
    });
  });

  it.each<[string, JsonObject]>([
    [
      "an excepted principal",
      { denied_principals: [everyone], exception_principals: [anyone], denied_permissions: [permission] },
    ],
    [
      "an excepted permission",
      {
        denied_principals: [everyone],
        denied_permissions: ["iam.googleapis.com/serviceAccounts.*"],
        exception_permissions: [permission],
      },
    ],
    [
      "another permission",
      { denied_principals: [everyone], denied_permissions: ["iam.googleapis.com/serviceAccounts.delete"] },
    ],
    [
      "another pool",
      {
        denied_principals: [`principalSet://iam.googleapis.com/${fixture.awsPool}/*`],
        denied_permissions: [permission],
      },
    ],
    ["nobody", { denied_principals: [], denied_permissions: [permission] }],
  ])("leave the rest: %s", (_, rule) => {
    expect(become(deny(rule)).allowed).toBe(true);
  });

  it("count where they are attached, and above", () => {
    const rule = { denied_principals: [everyone], denied_permissions: [permission] };
    expect(become(deny(rule, "cloudresourcemanager.googleapis.com/projects/other")).allowed).toBe(true);
    const organization: fixture.Changes = {
      "google_project.p": { project_id: "ailab-dev", number: "710", org_id: "9" },
    };
    expect(
      become({ ...organization, ...deny(rule, "cloudresourcemanager.googleapis.com%2Forganizations%2F9") }).allowed,
    ).toBe(false);
  });

  it.each<JsonObject>([{ parent: "%" }, { parent: "projects/p" }, {}])("of another form are named: %j", (values) => {
    const { unreadable } = fixture.companyModel({ "google_iam_deny_policy.d": values });
    expect(unreadable).toEqual([{ address: "google_iam_deny_policy.d", problem: expect.stringContaining("parent") }]);
  });
});

describe("bindings of anything else", () => {
  it("are kept under a key of their resource", () => {
    const secret: Resource = fixture.resource("google_secret_manager_secret_iam_member.s", {
      project: "p",
      secret_id: "projects/p/secrets/key",
      role: "roles/secretmanager.secretAccessor",
      member: anyone,
    });
    expect([...buildAccessModel([secret]).bindings]).toEqual([
      [
        "secret_manager_secret/p/key",
        [expect.objectContaining({ role: "roles/secretmanager.secretAccessor", member: anyone })],
      ],
    ]);
  });
});
