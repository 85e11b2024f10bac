import { googleApiErrors } from "../../facts/token-exchange";
import type { Json } from "../terraform/resource";
import { unknownValue } from "../terraform/unknown-value";
import { type AccessResource, evaluateAccess } from "./access";
import type { FederatedIdentity, Identity, ServiceAccountIdentity } from "./decision";
import {
  awsPool,
  type Changes,
  companyModel,
  deployer,
  githubIdentity,
  githubPool,
  now,
  workforcePool,
} from "./fixture";
import { evaluateImpersonation, type ImpersonationPermission } from "./impersonation";
import { principalsOf } from "./principals";

const getAccessToken: ImpersonationPermission = "iam.serviceAccounts.getAccessToken";
const become = (
  changes: Changes = {},
  identity: Identity = githubIdentity,
  permission: ImpersonationPermission = getAccessToken,
  moment = now,
) => evaluateImpersonation(companyModel(changes), identity, deployer, permission, moment);
const bound = (values: Record<string, Json>): Changes => ({ "google_service_account_iam_member.become": values });
const account: ServiceAccountIdentity = { kind: "service-account", email: deployer };
const person: FederatedIdentity = {
  kind: "federated",
  pool: workforcePool,
  provider: `${workforcePool}/providers/entra`,
  subject: "p",
  groups: ["desk"],
  attributes: {},
};

describe("principalsOf", () => {
  it("lists every member string that includes a federated identity", () => {
    expect(principalsOf({ ...githubIdentity, groups: ["g"], attributes: { ref: "r" } })).toEqual([
      `principal://iam.googleapis.com/${githubPool}/subject/${githubIdentity.subject}`,
      `principalSet://iam.googleapis.com/${githubPool}/group/g`,
      `principalSet://iam.googleapis.com/${githubPool}/attribute.ref/r`,
      `principalSet://iam.googleapis.com/${githubPool}/attribute.ref/*`,
      `principalSet://iam.googleapis.com/${githubPool}/*`,
      "allUsers",
    ]);
  });

  it("counts a service account among all authenticated users, as federated identities are not", () => {
    expect(principalsOf(account)).toEqual([`serviceAccount:${deployer}`, "allAuthenticatedUsers", "allUsers"]);
  });
});

describe("evaluateImpersonation", () => {
  it("says through which binding", () => {
    expect(become()).toEqual({
      allowed: true,
      through: {
        address: "google_service_account_iam_member.become",
        role: "roles/iam.workloadIdentityUser",
        member: `principalSet://iam.googleapis.com/${githubPool}/attribute.repository_id/712345678`,
      },
      explanation: expect.stringContaining("google_service_account_iam_member.become grants"),
    });
  });

  it("denies in Google's words whom no binding names", () => {
    expect(become({}, { ...githubIdentity, attributes: { repository_id: "712345679" } })).toEqual({
      allowed: false,
      error: googleApiErrors.permissionDenied(getAccessToken),
      explanation: `Nothing grants ${getAccessToken} on serviceAccounts/${deployer}: no binding names this identity.`,
    });
    expect(become({}, { ...githubIdentity, pool: awsPool })).toMatchObject({ allowed: false });
  });

  it.each([
    `principal://iam.googleapis.com/${githubPool}/subject/${githubIdentity.subject}`,
    `principalSet://iam.googleapis.com/${githubPool}/attribute.ref/refs/heads/main`,
    `principalSet://iam.googleapis.com/${githubPool}/attribute.ref/*`,
    `principalSet://iam.googleapis.com/${githubPool}/*`,
    "allUsers",
  ])("takes the member %s", (member) => {
    expect(become(bound({ member })).allowed).toBe(true);
  });

  it.each([
    "allAuthenticatedUsers",
    `principalSet://iam.googleapis.com/${githubPool}/attribute.ref/refs/heads`,
    `principalSet://iam.googleapis.com/${githubPool}/group/refs/heads/main`,
    `principal://iam.googleapis.com/${githubPool}/subject/*`,
    `principalSet://iam.googleapis.com/${githubPool.replace("710", "ailab-dev")}/*`,
    `principalSet://iam.googleapis.com/${awsPool}/*`,
    `deleted:principal://iam.googleapis.com/${githubPool}/subject/${githubIdentity.subject}`,
    "*",
  ])("does not take the member %s", (member) => {
    expect(become(bound({ member })).allowed).toBe(false);
  });

  it("finds the account by resource name, with - for the project, by e-mail and by unique id", () => {
    for (const id of [
      `projects/-/serviceAccounts/${deployer}`,
      deployer,
      "projects/ailab-dev/serviceAccounts/100000000000000000001",
    ]) {
      expect(become(bound({ service_account_id: id })).allowed).toBe(true);
    }
  });

  it("counts bindings on the account's project, under its id and its number", () => {
    const member = `principalSet://iam.googleapis.com/${githubPool}/*`;
    const change = (project: string) => ({
      "google_service_account_iam_member.become": undefined,
      "google_project_iam_member.wide": { project, role: "roles/iam.serviceAccountTokenCreator", member },
    });
    for (const project of ["ailab-dev", "710", "projects/ailab-dev"])
      expect(become(change(project)).allowed).toBe(true);
    expect(become(change("ailab-prod")).allowed).toBe(false);
  });

  it("counts every member of a ..._iam_binding", () => {
    const change = (members: Json): Changes => ({
      "google_service_account_iam_member.become": undefined,
      "google_service_account_iam_binding.all": {
        service_account_id: deployer,
        role: "roles/iam.workloadIdentityUser",
        members,
      },
    });
    expect(become(change(["user:a@b", `principalSet://iam.googleapis.com/${githubPool}/*`])).allowed).toBe(true);
    expect(become(change(["user:a@b"])).allowed).toBe(false);
    expect(become(change("allUsers")).allowed).toBe(false);
  });

  it("asks the role for the very permission", () => {
    expect(become(bound({ role: "roles/iam.serviceAccountOpenIdTokenCreator" }))).toMatchObject({
      allowed: false,
      explanation: expect.stringContaining("roles/iam.serviceAccountOpenIdTokenCreator does not include it"),
    });
    expect(
      become(
        bound({ role: "roles/iam.serviceAccountOpenIdTokenCreator" }),
        githubIdentity,
        "iam.serviceAccounts.getOpenIdToken",
      ).allowed,
    ).toBe(true);
    expect(become(bound({ role: "roles/custom" }))).toMatchObject({
      allowed: false,
      explanation: expect.stringContaining("not known here"),
    });
  });

  it("denies what is not known", () => {
    for (const field of ["member", "role", "service_account_id", "condition"]) {
      expect(become(bound({ [field]: unknownValue("x") })).allowed).toBe(false);
    }
  });

  it("stops with a disabled or missing account or pool", () => {
    const unauthenticated = { allowed: false, error: googleApiErrors.unauthenticated() };
    const denied = { allowed: false, error: googleApiErrors.permissionDenied(getAccessToken) };
    expect(become({ "google_service_account.deployer": { disabled: true } })).toMatchObject(denied);
    expect(become({ "google_service_account.deployer": undefined })).toMatchObject(denied);
    expect(become({ "google_iam_workload_identity_pool.github": { disabled: true } })).toMatchObject(unauthenticated);
    expect(become({ "google_iam_workload_identity_pool.github": undefined })).toMatchObject(unauthenticated);
  });

  it("lets a token live on when only its provider is disabled: that is no kill switch", () => {
    expect(become({ "google_iam_workload_identity_pool_provider.github": { disabled: true } }).allowed).toBe(true);
  });
});

describe("conditions of bindings", () => {
  const when = (expression: string, moment = now) =>
    become(bound({ condition: [{ title: "t", expression }] }), githubIdentity, getAccessToken, moment);

  it("reads the time of the request", () => {
    const expression = 'request.time < timestamp("2026-06-01T12:00:01Z")';
    expect(when(expression).allowed).toBe(true);
    expect(when(expression, new Date("2026-06-01T12:00:01Z")).allowed).toBe(false);
    expect(when('request.time.getHours("Europe/Berlin") == 14').allowed).toBe(true);
  });

  it.each([
    ["assertion.ref == 'refs/heads/main'", "it uses assertion, which is not known here"],
    ["attribute.ref == 'refs/heads/main'", "it uses attribute, which is not known here"],
    ["google.subject != ''", "it uses google, which is not known here"],
    [
      "'accessPolicies/1/accessLevels/x' in request.auth.access_levels",
      "access levels or attributes of the request, which are not evaluated here",
    ],
    ["resource.matchTag('a', 'b')", "its condition reads tags"],
    ["request.path == '/'", "cannot be evaluated"],
    ["resource.name != 'x'", "cannot be evaluated"],
    ["resource.type != 'x'", "cannot be evaluated"],
    ['request.time < timestamp("tomorrow")', "cannot be evaluated"],
    ["'true'", "is not true"],
    ["request.time", "is not true"],
    ["false", "is not true"],
    ["true &&", "would not accept"],
    [Array(14).fill("true").join(" && "), "more than 12 logical operators"],
  ])("grants nothing by %s, and says why", (expression, reason) => {
    expect(when(expression)).toMatchObject({ allowed: false, explanation: expect.stringContaining(reason) });
  });

  it("takes a condition that does not need what is missing", () => {
    expect(when("request.path == '/' || true").allowed).toBe(true);
    expect(when(Array(13).fill("true").join(" && ")).allowed).toBe(true);
  });

  it("grants nothing at a moment that is none", () => {
    expect(when("request.time > timestamp('2020-01-01T00:00:00Z')", new Date(Number.NaN)).allowed).toBe(false);
  });

  it("grants nothing on a basic role or to everyone, where Google admits no condition", () => {
    const condition = { title: "t", expression: "true" };
    expect(become(bound({ condition, member: "allUsers" }))).toMatchObject({
      allowed: false,
      explanation: expect.stringContaining("allUsers"),
    });
  });

  it("takes an empty list of conditions for none", () => {
    expect(become(bound({ condition: [] })).allowed).toBe(true);
    expect(become(bound({ condition: [{ title: "no expression" }] })).allowed).toBe(false);
  });
});

describe("evaluateAccess", () => {
  const dataset: AccessResource = { kind: "dataset", project: "ailab-dev", datasetId: "logs" };
  const backend: AccessResource = {
    kind: "iap-backend-service",
    project: "710",
    backendService: "desk",
    host: "dev.ailab.com",
    path: "/service-desk",
  };
  const service: AccessResource = {
    kind: "cloud-run-service",
    project: "ailab-dev",
    location: "europe-west4",
    name: "desk",
  };
  const viaIap = "iap.webServiceVersions.accessViaIAP";
  const access = (changes: Changes, identity: Identity, permission: string, resource: AccessResource) =>
    evaluateAccess(companyModel(changes), identity, permission, resource, now).allowed;

  it("reads bindings of datasets, and of their project", () => {
    const grant = { dataset_id: "logs", role: "roles/bigquery.dataViewer", member: `serviceAccount:${deployer}` };
    const member = (values: Record<string, Json>): Changes => ({
      "google_bigquery_dataset_iam_member.m": { project: "ailab-dev", ...grant, ...values },
    });
    expect(access(member({}), account, "bigquery.tables.getData", dataset)).toBe(true);
    expect(access(member({}), account, "bigquery.tables.getData", { ...dataset, project: "710" })).toBe(true);
    expect(
      access(member({ dataset_id: "projects/ailab-dev/datasets/logs" }), account, "bigquery.tables.getData", dataset),
    ).toBe(true);
    expect(access(member({}), account, "bigquery.tables.updateData", dataset)).toBe(false);
    expect(access(member({}), account, "bigquery.tables.getData", { ...dataset, datasetId: "other" })).toBe(false);
    expect(access(member({}), account, "bigquery.tables.getData", { ...dataset, project: "ailab-prod" })).toBe(false);
    expect(access(member({ member: "allAuthenticatedUsers" }), account, "bigquery.tables.getData", dataset)).toBe(true);
    const onProject = {
      "google_project_iam_member.p": { project: "ailab-dev", role: "roles/bigquery.jobUser", member: grant.member },
    };
    expect(access(onProject, account, "bigquery.jobs.create", { kind: "project", project: "710" })).toBe(true);
    expect(access(onProject, account, "bigquery.jobs.create", { kind: "project", project: "other" })).toBe(false);
  });

  it("takes the project of a binding that states none from its stack", () => {
    const grant = { dataset_id: "logs", role: "roles/bigquery.dataViewer", member: `serviceAccount:${deployer}` };
    expect(access({ "google_bigquery_dataset_iam_member.m": grant }, account, "bigquery.datasets.get", dataset)).toBe(
      true,
    );
    const two = {
      "google_bigquery_dataset_iam_member.m": grant,
      "google_bigquery_dataset.other": { project: "another-one" },
    };
    expect(access(two, account, "bigquery.datasets.get", dataset)).toBe(false);
  });

  it("gives a condition the dataset's type and name", () => {
    const expression =
      "resource.type == 'bigquery.googleapis.com/Dataset' && resource.name.extract('datasets/{d}') == 'logs' && resource.service == 'bigquery.googleapis.com'";
    const member = {
      project: "ailab-dev",
      dataset_id: "logs",
      role: "roles/bigquery.dataViewer",
      member: `serviceAccount:${deployer}`,
      condition: { title: "t", expression },
    };
    expect(access({ "google_bigquery_dataset_iam_member.m": member }, account, "bigquery.datasets.get", dataset)).toBe(
      true,
    );
  });

  it("lets a person of the group through IAP, where host and path fit the condition", () => {
    const member = (condition?: string): Changes => ({
      "google_iap_web_backend_service_iam_member.desk": {
        project: "ailab-dev",
        web_backend_service: "desk",
        role: "roles/iap.httpsResourceAccessor",
        member: `principalSet://iam.googleapis.com/${workforcePool}/group/desk`,
        condition: condition === undefined ? undefined : [{ title: "t", expression: condition }],
      },
    });
    expect(access(member(), person, viaIap, backend)).toBe(true);
    expect(access(member(), { ...person, groups: ["staff"] }, viaIap, backend)).toBe(false);
    expect(access(member(), person, viaIap, { ...backend, backendService: "landing" })).toBe(false);
    expect(
      access(
        member("request.path.startsWith('/service-desk') && request.host == 'dev.ailab.com'"),
        person,
        viaIap,
        backend,
      ),
    ).toBe(true);
    expect(access(member("request.path.startsWith('/admin')"), person, viaIap, backend)).toBe(false);
    expect(
      access({ ...member(), "google_iam_workforce_pool.people": { disabled: true } }, person, viaIap, backend),
    ).toBe(false);
  });

  it("lets service accounts invoke Cloud Run, and no federated identity directly", () => {
    const invoker = (member: string): Changes => ({
      "google_cloud_run_v2_service_iam_member.i": {
        project: "ailab-dev",
        location: "europe-west4",
        name: "desk",
        role: "roles/run.invoker",
        member,
      },
    });
    const agent: Identity = { kind: "service-account", email: "service-710@gcp-sa-iap.iam.gserviceaccount.com" };
    expect(access(invoker(`serviceAccount:${agent.email}`), agent, "run.routes.invoke", service)).toBe(true);
    expect(access(invoker(`serviceAccount:${agent.email}`), account, "run.routes.invoke", service)).toBe(false);
    const named = invoker(`principalSet://iam.googleapis.com/${githubPool}/*`);
    expect(evaluateAccess(companyModel(named), githubIdentity, "run.routes.invoke", service, now)).toMatchObject({
      allowed: false,
      error: googleApiErrors.unauthenticated(),
    });
    expect(access(invoker("allUsers"), githubIdentity, "run.routes.invoke", service)).toBe(true);
  });

  it("stops the tokens of an account that is disabled or gone", () => {
    const grant = {
      "google_project_iam_member.p": {
        project: "ailab-dev",
        role: "roles/bigquery.jobUser",
        member: `serviceAccount:${deployer}`,
      },
    };
    const project: AccessResource = { kind: "project", project: "ailab-dev" };
    expect(access(grant, account, "bigquery.jobs.create", project)).toBe(true);
    expect(
      access(
        { ...grant, "google_service_account.deployer": { disabled: true } },
        account,
        "bigquery.jobs.create",
        project,
      ),
    ).toBe(false);
    const gone = {
      ...grant,
      "google_service_account.deployer": undefined,
      "google_service_account.other": { email: "other@ailab-dev.iam.gserviceaccount.com" },
    };
    expect(access(gone, account, "bigquery.jobs.create", project)).toBe(false);
  });
});
