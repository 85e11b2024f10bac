import type { JsonObject } from "../../analysis";
import { accessOf, ranksOf } from "../testing/access-of";
import { changeOf, planOf } from "../testing/plan-fixture";
import { accessChanges } from "./access-changes";

const member = (values: JsonObject): JsonObject => ({
  role: "roles/bigquery.dataViewer",
  project: "p",
  member: "group:g@x",
  ...values,
});
const projectMember = "google_project_iam_member";
const workloadPool = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p";

describe("a member of an IAM policy", () => {
  it("that is added is told with role, scope and condition", () => {
    const after = member({
      condition: [{ title: "t", expression: "request.time < timestamp('2030-01-01T00:00:00Z')" }],
    });
    expect(accessOf(changeOf(projectMember, null, after))).toEqual([
      [
        "iam-grant",
        "medium",
        "widens",
        "group:g@x gets roles/bigquery.dataViewer on project p, on the condition request.time < timestamp('2030-01-01T00:00:00Z').",
      ],
    ]);
  });

  it("that is removed loses the role", () => {
    expect(accessOf(changeOf(projectMember, member({}), null))).toEqual([
      ["iam-revocation", "low", "narrows", "group:g@x loses roles/bigquery.dataViewer on project p."],
    ]);
  });

  it("that is replaced by another is a loss and a gain", () => {
    expect(
      accessOf(
        changeOf(projectMember, member({}), member({ member: "user:u@x" }), { actions: ["delete", "create"] }),
      ).map(([kind]) => kind),
    ).toEqual(["iam-grant", "iam-revocation"]);
  });

  it.each([
    ["allUsers", "critical", "anyone on the internet"],
    ["ALLUSERS", "critical", "anyone on the internet"],
    ["allAuthenticatedUsers", "critical", "anyone with a Google account"],
    ["principalSet://goog/public:all", "critical", "anyone on the internet"],
    [`principalSet://${workloadPool}/*`, "high", "every identity of the workload pool"],
    [
      "principalSet://iam.googleapis.com/locations/global/workforcePools/w/*",
      "high",
      "every person of the workforce pool",
    ],
    [
      `principalSet://${workloadPool}/attribute.a/*`,
      "high",
      "every identity that has the attribute, whatever its value",
    ],
    ["domain:example.com", "high", "every account of the domain"],
    ["projectViewer:p", "high", "everyone with the basic role on the project"],
    [
      "principalSet://cloudresourcemanager.googleapis.com/organizations/1",
      "high",
      "every principal of the project, folder or organization",
    ],
  ])("that stands for many is told so: %s is %s", (who, rank, meaning) => {
    expect(accessOf(changeOf(projectMember, null, member({ member: who })))).toEqual([
      ["iam-grant", rank, "widens", `${who} gets roles/bigquery.dataViewer on project p: ${meaning}.`],
    ]);
  });

  it.each([
    [`principal://${workloadPool}/subject/s`, "medium"],
    [`principalSet://${workloadPool}/attribute.repository_id/1`, "medium"],
    ["serviceAccount:a@p.iam.gserviceaccount.com", "medium"],
    ["deleted:serviceAccount:a@p.iam.gserviceaccount.com?uid=1", "low"],
    ["something:else", "medium"],
  ])("of exact kind ranks by its role: %s is %s", (who, rank) => {
    expect(ranksOf(changeOf(projectMember, null, member({ member: who })))).toEqual([`iam-grant ${rank}`]);
  });

  it.each([
    [projectMember, "roles/owner", "critical"],
    [projectMember, "roles/editor", "high"],
    [projectMember, "roles/viewer", "high"],
    [projectMember, "roles/iam.serviceAccountTokenCreator", "critical"],
    [projectMember, "roles/iam.workloadIdentityUser", "critical"],
    [projectMember, "roles/resourcemanager.projectIamAdmin", "high"],
    [projectMember, "roles/pubsub.admin", "high"],
    [projectMember, "projects/p/roles/custom", "medium"],
    [projectMember, "roles/bigquery.jobUser", "low"],
    ["google_service_account_iam_member", "roles/iam.serviceAccountTokenCreator", "high"],
    ["google_service_account_iam_member", "roles/iam.workloadIdentityUser", "medium"],
    ["google_pubsub_topic_iam_member", "roles/pubsub.admin", "medium"],
  ])("on %s with %s is %s", (type, role, rank) => {
    const after = member({ role, service_account_id: "projects/p/serviceAccounts/a", member: "user:u@x" });
    expect(ranksOf(changeOf(type, null, after))).toEqual([`iam-grant ${rank}`]);
  });

  it("that is not known yet ranks by what is known", () => {
    expect(
      accessOf(changeOf(projectMember, null, { role: "roles/owner", project: "p" }, { unknown: { member: true } })),
    ).toEqual([
      ["iam-grant", "critical", "widens", "a member (known after apply) gets roles/owner on project p: full control."],
    ]);
    expect(
      ranksOf(changeOf(projectMember, null, { member: "user:u@x", project: "p" }, { unknown: { role: true } })),
    ).toEqual(["iam-grant medium"]);
  });

  it("names the scope, whatever the type", () => {
    const scopes = [
      changeOf("google_organization_iam_member", null, member({ org_id: "7" })),
      changeOf("google_cloud_run_v2_service_iam_member", null, member({ name: "app" })),
      changeOf("google_secret_manager_secret_iam_member", null, member({ secret_id: "s" })),
      changeOf("google_iap_web_backend_service_iam_member", null, member({ web_backend_service: "b" })),
    ].map((change) => accessChanges(planOf([change]).changes)[0]?.grant?.scope);
    expect(scopes).toEqual([
      "organization 7",
      "cloud run service app",
      "secret manager secret s",
      "web app behind IAP b",
    ]);
  });
});

describe("the condition of a binding", () => {
  const on = (expression?: string): JsonObject =>
    member(expression === undefined ? { condition: [] } : { condition: [{ title: "t", expression }] });
  const replaced = { actions: ["delete", "create"] };

  it("that is removed widens access", () => {
    expect(accessOf(changeOf(projectMember, on("a"), on(), replaced))).toEqual([
      [
        "iam-condition",
        "high",
        "widens",
        "group:g@x keeps roles/bigquery.dataViewer on project p, no longer on the condition a.",
      ],
    ]);
  });

  it("that is added narrows it", () => {
    expect(ranksOf(changeOf(projectMember, on(), on("a"), replaced))).toEqual(["iam-condition low"]);
  });

  it("that changes is told with both", () => {
    expect(accessOf(changeOf(projectMember, on("a"), on("b"), replaced))).toEqual([
      [
        "iam-condition",
        "medium",
        "changes",
        "group:g@x keeps roles/bigquery.dataViewer on project p, on the condition b instead of a.",
      ],
    ]);
  });
});

describe("bindings and policies", () => {
  it("tell each member that comes and goes", () => {
    const before = { role: "roles/run.invoker", name: "s", members: ["user:a@x", "user:b@x"] };
    const after = { ...before, members: ["user:b@x", "allUsers"] };
    expect(
      accessOf(changeOf("google_cloud_run_v2_service_iam_binding", before, after)).map(([, rank, , text]) => [
        rank,
        text,
      ]),
    ).toEqual([
      ["critical", "allUsers gets roles/run.invoker on cloud run service s: anyone on the internet."],
      ["low", "user:a@x loses roles/run.invoker on cloud run service s."],
    ]);
  });

  it("tell that a new one takes over", () => {
    expect(
      ranksOf(changeOf("google_project_iam_binding", null, { role: "roles/viewer", project: "p", members: [] })),
    ).toEqual(["iam-authority medium"]);
    expect(
      ranksOf(changeOf("google_project_iam_policy", null, { project: "p", policy_data: '{"bindings":[]}' })),
    ).toEqual(["iam-authority high"]);
  });

  it("tell the bindings inside a policy, and say where it cannot be read", () => {
    const policy = (members: readonly string[]): JsonObject => ({
      project: "p",
      policy_data: JSON.stringify({ bindings: [{ role: "roles/owner", members }] }),
    });
    expect(
      accessOf(changeOf("google_project_iam_policy", policy(["user:a@x"]), policy(["user:a@x", "user:m@x"]))),
    ).toEqual([["iam-grant", "critical", "widens", "user:m@x gets roles/owner on project p: full control."]]);
    expect(ranksOf(changeOf("google_project_iam_policy", policy([]), { project: "p", policy_data: "{" }))).toEqual([
      "iam-authority high",
    ]);
  });

  it("tell the access list of a dataset", () => {
    const dataset = (access: readonly JsonObject[]): JsonObject => ({ dataset_id: "d", access: [...access] });
    expect(
      accessOf(
        changeOf(
          "google_bigquery_dataset",
          dataset([]),
          dataset([{ role: "READER", special_group: "allAuthenticatedUsers" }]),
        ),
      ),
    ).toEqual([
      [
        "iam-grant",
        "critical",
        "widens",
        "allAuthenticatedUsers gets READER on bigquery dataset d: anyone with a Google account.",
      ],
    ]);
  });
});
