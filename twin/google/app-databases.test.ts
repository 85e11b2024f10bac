import { cloudSqlSuperuser } from "../../facts/cloud-sql";
import { type Google, otherProject, project, startGoogle } from "./testing/google-fixture";

const login = "apps-migrations@ailab-data-dev.iam";
const user = {
  stack: "dev",
  address: "google_sql_user.migrations",
  type: "google_sql_user",
  name: "migrations",
  values: { project: project.id, instance: "apps-01", name: login, type: "CLOUD_IAM_SERVICE_ACCOUNT" },
};
const job = {
  stack: "dev",
  address: "google_cloud_run_v2_job.migrations",
  type: "google_cloud_run_v2_job",
  name: "migrations",
  values: { project: project.id, location: "europe-west4", name: "apps-migrations" },
};

describe("what the step that lays the apps' schemas calls", () => {
  let google: Google;
  beforeAll(async () => {
    google = await startGoogle();
  });
  beforeEach(() => {
    google.reset();
    google.store.put(user);
    google.store.put(job);
  });
  afterAll(() => google.close());

  const call = (method: string, host: string, path: string, token = google.services.deployerToken) =>
    google.call(`${google.origin(host)}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
    });
  const usersOf = (of: string, instance = "apps-01") => `/v1/projects/${of}/instances/${instance}/users`;
  const asking = (name: string, role: string = cloudSqlSuperuser) =>
    `?${new URLSearchParams({ name, databaseRoles: role })}`;
  const runOf = (of: string, location = "europe-west4", name = "apps-migrations") =>
    `/v2/projects/${of}/locations/${location}/jobs/${name}:run`;

  it.each([project.id, project.number])("is done at once for a user and a job of project %s", async (of) => {
    expect(await call("PUT", "sqladmin", `${usersOf(of)}${asking(login)}`)).toMatchObject({
      status: 200,
      body: { kind: "sql#operation", status: "DONE" },
    });
    expect(await call("POST", "run", runOf(of))).toMatchObject({ status: 200, body: { done: true } });
    expect(google.decisions.map(({ by, outcome }) => [by, outcome])).toEqual([
      ["sqladmin", "allowed"],
      ["run", "allowed"],
    ]);
  });

  it.each([
    ["another instance", usersOf(project.id, "apps-02") + asking(login), 404],
    ["another user", usersOf(project.id) + asking("someone@ailab-data-dev.iam"), 404],
    ["another project", usersOf(otherProject.id) + asking(login), 404],
    ["no user", usersOf(project.id), 404],
    ["a role that there is not", usersOf(project.id) + asking(login, "postgres"), 400],
    ["no role", `${usersOf(project.id)}?name=${login}`, 400],
    ["an instance that leads elsewhere", `${usersOf(project.id, "..%2Fapps-01")}${asking(login)}`, 404],
  ])("refuses a user of %s", async (_what, path, status) => {
    expect((await call("PUT", "sqladmin", path)).status).toBe(status);
  });

  it.each([
    ["another name", runOf(project.id, "europe-west4", "other")],
    ["another region", runOf(project.id, "europe-west1")],
    ["another project", runOf(otherProject.id)],
    ["a project that there is not", runOf("elsewhere")],
  ])("runs no job of %s", async (_what, path) => {
    expect((await call("POST", "run", path)).status).toBe(404);
  });

  it("runs no job that has been taken away", async () => {
    google.store.remove("dev", job.address);
    expect((await call("POST", "run", runOf(project.id))).status).toBe(404);
  });

  it.each([
    ["PUT", "sqladmin", usersOf(project.id) + asking(login)],
    ["POST", "run", runOf(project.id)],
  ])("takes %s at %s from nobody but the deployer, and says so", async (method, host, path) => {
    const answer = await call(method, host, path, "another");
    expect(answer).toMatchObject({ status: 401, body: { error: { status: "UNAUTHENTICATED" } } });
    expect(google.decisions).toEqual([expect.objectContaining({ by: host, outcome: "refused" })]);
    expect(JSON.stringify(google.decisions)).not.toContain("databaseRoles");
  });
});
