import {
  account,
  type Google,
  poolName,
  project,
  providerName,
  startGoogle,
  workforcePool,
} from "./testing/google-fixture";

describe("what whoever looks for a fault reads", () => {
  let google: Google;
  beforeAll(async () => {
    google = await startGoogle();
  });
  beforeEach(() => google.reset());
  afterAll(() => google.close());

  const read = (path: string, method = "GET", token = google.services.deployerToken) =>
    google.call(`${google.origin("iam")}/v1/${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const pool = poolName("github-dev-01");

  it("is a pool and its provider, by the project's number or id", async () => {
    expect(await read(pool)).toMatchObject({ status: 200, body: { name: pool, state: "ACTIVE" } });
    const byId = pool.replace(project.number, project.id);
    expect(await read(byId)).toMatchObject({ status: 200, body: { name: byId } });
    expect(await read(providerName("github-dev-01"))).toMatchObject({
      status: 200,
      body: {
        state: "ACTIVE",
        attributeCondition: expect.stringContaining("assertion.repository_id"),
        attributeMapping: { "google.subject": "assertion.sub", "attribute.repository_id": "assertion.repository_id" },
        oidc: { issuerUri: "https://token.actions.githubusercontent.com" },
      },
    });
    expect((await read(workforcePool)).status).toBe(200);
    expect((await read(`${workforcePool}/providers/entra`)).status).toBe(200);
  });

  it("shows a soft-deleted pool as such, a disabled one as disabled, and no other", async () => {
    google.change("google_iam_workload_identity_pool.github-dev-01", { disabled: true });
    expect(await read(pool)).toMatchObject({ body: { disabled: true, state: "ACTIVE" } });
    google.store.retire("dev", "google_iam_workload_identity_pool.github-dev-01", Date.now());
    expect(await read(pool)).toMatchObject({ status: 200, body: { state: "DELETED" } });
    expect(await read(poolName("github-dev-09"))).toMatchObject({
      status: 404,
      body: { error: { status: "NOT_FOUND" } },
    });
  });

  it("never holds a secret", async () => {
    google.change("google_iam_workforce_pool_provider.entra", {
      oidc: [{ issuer_uri: "https://x", client_id: "c", client_secret: [{ value: [{ plain_text: "s3cret" }] }] }],
    });
    const answer = await read(`${workforcePool}/providers/entra`);
    expect(answer.body).toMatchObject({ oidc: { clientId: "c" } });
    expect(JSON.stringify(answer.body)).not.toContain("s3cret");
  });

  it("is an account and its policy, with the conditions of bindings", async () => {
    const email = account("mcp-server-dev");
    expect(await read(`projects/-/serviceAccounts/${email}`)).toMatchObject({
      status: 200,
      body: { email, disabled: false },
    });
    google.change("google_service_account_iam_member.aws", { condition: [{ title: "t", expression: "true" }] });
    const policy = await read(`projects/${project.number}/serviceAccounts/${email}:getIamPolicy`, "POST");
    expect(policy.body["bindings"]).toContainEqual({
      role: "roles/iam.workloadIdentityUser",
      members: [`principalSet://iam.googleapis.com/${poolName("aws-dev-01")}/*`],
      condition: expect.objectContaining({ expression: "true" }),
    });
    expect((await read(`projects/other-project/serviceAccounts/${email}`)).status).toBe(404);
    expect((await read("projects/-/serviceAccounts/nobody@x.iam.gserviceaccount.com")).status).toBe(404);
  });

  it("is shown to the deployer alone", async () => {
    for (const token of ["", "other"]) expect((await read(pool, "GET", token)).status).toBe(401);
  });
});
