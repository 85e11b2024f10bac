import { type Google, otherProject, project, startGoogle } from "./testing/google-fixture";

const wanted = "https://iap.googleapis.com/v1/oauth/clientIds/f3b0c442-98fc-4c14-9afb-f4c8996fb924:handleRedirect";

describe("the interfaces that deploy-time steps call", () => {
  let google: Google;
  beforeAll(async () => {
    google = await startGoogle();
  });
  beforeEach(() => google.reset());
  afterAll(() => google.close());

  const call = (origin: string, path: string, method: string, body?: unknown, token = google.services.deployerToken) =>
    google.call(`${google.origin(origin)}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const client = (at = project.id, id = "iap-dev-01") => `/v1/projects/${at}/locations/global/oauthClients/${id}`;
  const stored = () => google.store.ofType("google_iam_oauth_client")[0]?.values["allowed_redirect_uris"];

  it("show an OAuth client and set its redirect URIs, which then stand in the store", async () => {
    expect(await call("iam", client(), "GET")).toMatchObject({
      status: 200,
      body: { clientId: "f3b0c442-98fc-4c14-9afb-f4c8996fb924", state: "ACTIVE", clientType: "CONFIDENTIAL_CLIENT" },
    });
    const patched = await call("iam", `${client()}?updateMask=allowedRedirectUris`, "PATCH", {
      allowedRedirectUris: [wanted],
    });
    expect(patched).toMatchObject({ status: 200, body: { allowedRedirectUris: [wanted] } });
    expect(stored()).toEqual([wanted]);
    expect(google.store.ofType("google_iam_oauth_client")[0]?.values["client_type"]).toBe("CONFIDENTIAL_CLIENT");
  });

  it.each([
    ["no update mask", "", { allowedRedirectUris: [wanted] }],
    ["another update mask", "?updateMask=disabled", { allowedRedirectUris: [wanted] }],
    ["a plain HTTP address", "?updateMask=allowedRedirectUris", { allowedRedirectUris: ["http://example.com"] }],
    ["no address", "?updateMask=allowedRedirectUris", { allowedRedirectUris: [] }],
    ["another field", "?updateMask=allowedRedirectUris", { allowedRedirectUris: [wanted], allowedScopes: [] }],
  ])("change nothing for %s", async (_name, query, body) => {
    const answer = await call("iam", `${client()}${query}`, "PATCH", body);
    expect(answer).toMatchObject({ status: 400, body: { error: { status: "INVALID_ARGUMENT" } } });
    expect(stored()).toEqual(["https://placeholder.invalid/"]);
  });

  it("do not find another project's client or one of another name", async () => {
    expect((await call("iam", client(otherProject.id), "GET")).status).toBe(404);
    expect((await call("iam", client(project.id, "iap-dev-02"), "GET")).status).toBe(404);
    expect((await call("iam", client(project.number), "GET")).status).toBe(200);
  });

  it("make the service agent of IAP exist, however often they are asked", async () => {
    const path = `/v1beta1/projects/${project.number}/services/iap.googleapis.com:generateServiceIdentity`;
    const email = `service-${project.number}@gcp-sa-iap.iam.gserviceaccount.com`;
    for (let round = 0; round < 2; round += 1) {
      expect(await call("serviceusage", path, "POST")).toMatchObject({
        status: 200,
        body: { done: true, name: expect.stringMatching(/^operations\//), response: { email } },
      });
    }
    expect(google.store.ofType("keyless_service_agent").map(({ values }) => values["email"])).toEqual([email]);
    expect((await call("serviceusage", path.replace(project.number, project.id), "POST")).status).toBe(200);
    expect((await call("serviceusage", path.replace(project.number, "999"), "POST")).status).toBe(403);
    expect((await call("serviceusage", path.replace("iap.", "run."), "POST")).status).toBe(404);
  });

  it("refuse every token but the deployer's, a service account's too", async () => {
    const { tokens } = google.services;
    const identity = {
      kind: "service-account",
      email: "mcp-server-dev@ailab-data-dev.iam.gserviceaccount.com",
    } as const;
    const expiresAt = new Date(Date.now() + 60_000);
    const account = tokens.issue({ identity, expiresAt, scopes: ["https://www.googleapis.com/auth/cloud-platform"] });
    for (const token of [account, "guessed", ""]) {
      const patch = await call("iam", `${client()}?updateMask=allowedRedirectUris`, "PATCH", {}, token);
      expect(patch.status).toBe(401);
      const agent = `/v1beta1/projects/${project.number}/services/iap.googleapis.com:generateServiceIdentity`;
      expect((await call("serviceusage", agent, "POST", undefined, token)).status).toBe(401);
    }
    expect(stored()).toEqual(["https://placeholder.invalid/"]);
    expect(JSON.stringify(google.decisions)).not.toContain(account);
  });
});
