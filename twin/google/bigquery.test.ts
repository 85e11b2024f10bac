import { cloudPlatformScope } from "../../facts/google-endpoints";
import { account, audienceOf, type Google, otherProject, project, startGoogle } from "./testing/google-fixture";

describe("BigQuery's datasets.get", () => {
  let google: Google;
  let token: string;
  beforeAll(async () => {
    google = await startGoogle();
  });
  beforeEach(async () => {
    google.reset();
    token = await accountToken([cloudPlatformScope]);
  });
  afterAll(() => google.close());

  const accountToken = async (scope: string[]): Promise<string> => {
    const { issued } = await google.exchange(audienceOf("github-dev-01"), await google.mainBranch());
    return (await google.become(issued, account("mcp-server-dev"), { scope })).issued;
  };

  it("shows the dataset in the form of the API", async () => {
    const { status, body } = await google.readDataset(token);
    expect(status).toBe(200);
    expect(body).toEqual({
      kind: "bigquery#dataset",
      etag: "etag",
      id: "ailab-data-dev:dev_analytics",
      selfLink: "https://bigquery.googleapis.com/bigquery/v2/projects/ailab-data-dev/datasets/dev_analytics",
      datasetReference: { datasetId: "dev_analytics", projectId: "ailab-data-dev" },
      location: "EU",
      creationTime: "1767225600000",
      lastModifiedTime: "1767225600000",
      type: "DEFAULT",
    });
  });

  it("finds the project by its number too", async () => {
    expect((await google.readDataset(token, project.number)).status).toBe(200);
  });

  it("takes a token of BigQuery's own scope and refuses one of another service", async () => {
    const readonly = await accountToken(["https://www.googleapis.com/auth/bigquery.readonly"]);
    expect((await google.readDataset(readonly)).status).toBe(200);
    const storage = await accountToken(["https://www.googleapis.com/auth/devstorage.read_only"]);
    expect((await google.readDataset(storage)).body["error"]).toMatchObject({
      code: 403,
      message: "Request had insufficient authentication scopes.",
      errors: [{ reason: "insufficientPermissions" }],
    });
  });

  it("refuses a dataset without a grant as if it did not exist", async () => {
    const refusal = (at: string, dataset: string) => ({
      status: 403,
      body: {
        error: {
          code: 403,
          status: "PERMISSION_DENIED",
          message: `Access Denied: Dataset ${at}:${dataset}: Permission bigquery.datasets.get denied on dataset ${at}:${dataset} (or it may not exist).`,
          errors: [{ domain: "global", reason: "accessDenied" }],
        },
      },
    });
    expect(await google.readDataset(token, otherProject.id, "prod_analytics")).toMatchObject(
      refusal(otherProject.id, "prod_analytics"),
    );
    expect(await google.readDataset(token, project.id, "no_such")).toMatchObject(refusal(project.id, "no_such"));
  });

  it("says that a dataset does not exist only to those who may read the project's datasets", async () => {
    google.store.put({
      stack: "dev",
      address: "google_project_iam_member.viewer",
      type: "google_project_iam_member",
      name: "viewer",
      values: {
        project: project.id,
        role: "roles/bigquery.dataViewer",
        member: `serviceAccount:${account("mcp-server-dev")}`,
      },
    });
    expect(await google.readDataset(token, project.id, "no_such")).toMatchObject({
      status: 404,
      body: { error: { message: "Not found: Dataset ailab-data-dev:no_such", errors: [{ reason: "notFound" }] } },
    });
  });

  it("refuses no token, a foreign one, and one whose account was disabled", async () => {
    const unauthenticated = { status: 401, body: { error: { status: "UNAUTHENTICATED" } } };
    const url = `${google.origin("bigquery")}/bigquery/v2/projects/${project.id}/datasets/dev_analytics`;
    expect(await google.call(url)).toMatchObject(unauthenticated);
    expect(await google.readDataset("ya29.c.guessed")).toMatchObject(unauthenticated);
    google.change("google_service_account.mcp-server-dev", { disabled: true });
    expect(await google.readDataset(token)).toMatchObject(unauthenticated);
  });

  it("answers other paths and methods with 404", async () => {
    const origin = google.origin("bigquery");
    const headers = { authorization: `Bearer ${token}` };
    expect((await google.call(`${origin}/bigquery/v2/projects/p/datasets`, { headers })).status).toBe(404);
    const dataset = `${origin}/bigquery/v2/projects/${project.id}/datasets/dev_analytics`;
    expect((await google.call(dataset, { method: "POST", headers })).status).toBe(404);
  });
});
