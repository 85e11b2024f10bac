import { decodeJwt } from "jose";
import { type ServedHost, serveHost } from "../issuers/testing/serve-host";
import { metadataHostname, metadataServerResolver } from "./metadata-server";
import { account, type Google, project, startGoogle } from "./testing/google-fixture";

const email = account("mcp-server-dev");
const service = { name: "app-service-desk", stack: "dev" };
const base = "/computeMetadata/v1/instance/service-accounts/default";

describe("the metadata server of a Cloud Run service", () => {
  let google: Google;
  let served: ServedHost;
  beforeAll(async () => {
    google = await startGoogle();
    const host = metadataServerResolver(google.services)(metadataHostname(service));
    if (host === undefined) throw new Error("no host");
    served = await serveHost(host);
  });
  beforeEach(() => {
    google.reset();
    google.store.put({
      stack: "dev",
      type: "google_cloud_run_v2_service",
      address: "google_cloud_run_v2_service.desk",
      name: "desk",
      values: { name: service.name, template: [{ service_account: email }], project: project.id },
    });
  });
  afterAll(async () => {
    await served.close();
    await google.close();
  });

  const get = async (path: string, headers: Record<string, string> = { "metadata-flavor": "Google" }) => {
    const response = await fetch(`${served.origin}${path}`, { headers });
    return { status: response.status, flavor: response.headers.get("metadata-flavor"), text: await response.text() };
  };

  it("signs an ID token of the account that the service runs as, for any audience", async () => {
    const { status, flavor, text } = await get(
      `${base}/identity?audience=api%3A%2F%2FAzureADTokenExchange&format=full`,
    );
    expect([status, flavor]).toEqual([200, "Google"]);
    const uniqueId = google.store.find("google_service_account", ({ values }) => values["email"] === email)?.values[
      "unique_id"
    ];
    expect(decodeJwt(text)).toMatchObject({
      iss: "https://accounts.google.com",
      aud: "api://AzureADTokenExchange",
      sub: uniqueId,
      email,
    });
  });

  it("gives an access token that stands for the account, with the scopes asked for", async () => {
    const { text } = await get(`${base}/token?scopes=https://www.googleapis.com/auth/sqlservice.login`);
    const { access_token: token } = JSON.parse(text);
    expect(google.services.tokens.find(token)).toMatchObject({
      identity: { kind: "service-account", email },
      scopes: ["https://www.googleapis.com/auth/sqlservice.login"],
    });
  });

  it("tells the account's address", async () => {
    expect((await get(`${base}/email`)).text).toBe(email);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ["a request without the header that pages cannot send", `${base}/email`, {}, 403],
    ["a request through a proxy", `${base}/email`, { "metadata-flavor": "Google", "x-forwarded-for": "1.2.3.4" }, 403],
    ["another account", base.replace("default", "other@example.com/email"), { "metadata-flavor": "Google" }, 404],
    ["no audience", `${base}/identity`, { "metadata-flavor": "Google" }, 400],
    ["another path", "/computeMetadata/v1/project/project-id", { "metadata-flavor": "Google" }, 404],
  ])("refuses %s", async (_what, path, headers, status) => {
    expect((await get(path, headers)).status).toBe(status);
  });

  it("knows nothing of a service that is gone, or whose account is disabled", async () => {
    google.change("google_service_account.mcp-server-dev", { disabled: true });
    expect((await get(`${base}/token`)).status).toBe(404);
    google.change("google_service_account.mcp-server-dev", { disabled: false });
    google.store.remove("dev", "google_cloud_run_v2_service.desk");
    expect((await get(`${base}/email`)).status).toBe(404);
  });

  it.each([
    "metadata.google.internal",
    "a.metadata.google.internal",
    "a.b.c.metadata.google.internal",
    "x.dev.example.com",
  ])("is not what answers for %s", (name) => {
    expect(metadataServerResolver(google.services)(name)).toBeUndefined();
  });
});
