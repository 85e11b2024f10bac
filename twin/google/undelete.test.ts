import type { JsonObject } from "../../analysis";
import { type GoogleProject, type RuleContext, resourceRules } from "../terraform/rules";
import { type Google, project, startGoogle } from "./testing/google-fixture";

const month = 30 * 24 * 3600 * 1000;
const projects: readonly GoogleProject[] = [{ ...project, stack: "dev" }];
const poolType = "google_iam_workload_identity_pool";
const providerType = "google_iam_workload_identity_pool_provider";
const workforceType = "google_iam_workforce_pool";
const workforceProviderType = "google_iam_workforce_pool_provider";
const pool: JsonObject = { workload_identity_pool_id: "undelete-01" };
const provider: JsonObject = {
  ...pool,
  workload_identity_pool_provider_id: "undelete-01",
  oidc: { issuer_uri: "https://issuer.example.com" },
};
const workforce: JsonObject = {
  workforce_pool_id: "undelete-people-01",
  location: "global",
  parent: "organizations/1",
};
const workforceProvider: JsonObject = {
  ...workforce,
  provider_id: "entra-01",
  oidc: { issuer_uri: "https://i.example.com", client_id: "c" },
};
const client: JsonObject = {
  oauth_client_id: "undelete-01",
  location: "global",
  allowed_redirect_uris: ["https://a.example.com/"],
};

describe("undelete, as a deployer calls it", () => {
  let google: Google;
  beforeAll(async () => {
    google = await startGoogle();
  });
  beforeEach(() => google.reset());
  afterAll(() => google.close());

  const context = (): RuleContext => ({
    stack: "dev",
    project: projects[0],
    projects,
    store: google.store,
    now: Date.now(),
  });
  const rulesOf = (type: string) => {
    const rules = resourceRules.get(type);
    if (rules === undefined) throw new Error(type);
    return rules;
  };
  const create = (type: string, given: JsonObject) => {
    const rules = rulesOf(type);
    const values = { ...rules.computed(given, context()), ...given };
    return google.store.put({ stack: "dev", type, identity: rules.identity(values, context()), values });
  };
  const remove = ({ address }: { readonly address: string }, at = Date.now()) =>
    google.store.retire("dev", address, at);
  const undelete = (name: string, token = google.services.deployerToken) =>
    google.call(`${google.origin("iam")}/v1/${name}:undelete`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
    });

  it.each([
    [poolType, pool, true],
    [workforceType, workforce, true],
    ["google_iam_oauth_client", client, false],
  ])("brings a %s back as it was, for Terraform to import", async (type, given, answersWithOperation) => {
    const stored = create(type, given);
    remove(stored);
    expect(rulesOf(type).refuseCreate?.(stored.values, context())?.summary).toContain("Error 409");
    const answer = await undelete(String(stored.values["name"]));
    const resource = { name: stored.values["name"], state: "ACTIVE" };
    expect(answer).toMatchObject({
      status: 200,
      body: answersWithOperation ? { done: true, response: resource } : resource,
    });
    const imported = rulesOf(type).importIdentity?.(String(stored.values["id"]), context()) ?? "";
    expect(google.store.get("dev", type, imported)).toEqual(stored);
  });

  it.each([
    [poolType, pool, providerType, provider],
    [workforceType, workforce, workforceProviderType, workforceProvider],
  ])("brings back a provider in its %s, which has to come first", async (type, given, childType, childGiven) => {
    const parent = create(type, given);
    const child = create(childType, childGiven);
    remove(child);
    remove(parent);
    expect((await undelete(String(child.values["name"]))).status).toBe(404);
    expect((await undelete(String(parent.values["name"]))).status).toBe(200);
    expect((await undelete(String(child.values["name"]))).status).toBe(200);
    expect(google.store.get("dev", childType, child.identity)).toEqual(child);
  });

  it("takes the project's id as well as its number", async () => {
    const stored = create(poolType, pool);
    remove(stored);
    expect((await undelete(stored.identity)).status).toBe(200);
  });

  it("refuses what lives, what never was, what is gone for good, and what cannot be undeleted", async () => {
    const stored = create(poolType, pool);
    expect(await undelete(stored.identity)).toMatchObject({
      status: 400,
      body: { error: { status: "FAILED_PRECONDITION" } },
    });
    expect((await undelete(stored.identity.replace("undelete-01", "other-01"))).status).toBe(404);
    remove(stored, Date.now() - month);
    expect((await undelete(stored.identity)).status).toBe(404);
    expect((await undelete(`projects/${project.id}/locations/global/serviceAccounts/x`)).status).toBe(404);
  });

  it("takes the deployer's token and no other", async () => {
    const stored = create(poolType, pool);
    remove(stored);
    expect((await undelete(stored.identity, "guessed")).status).toBe(401);
    expect(google.store.get("dev", poolType, stored.identity)).toBeUndefined();
  });

  it("is preceded by a credential that can be disabled", async () => {
    create("google_iam_oauth_client", client);
    const key = { oauthclient: "undelete-01", oauth_client_credential_id: "key-01", location: "global" };
    const stored = create("google_iam_oauth_client_credential", key);
    const url = `${google.origin("iam")}/v1/${stored.identity}`;
    const headers = { authorization: `Bearer ${google.services.deployerToken}`, "content-type": "application/json" };
    const patch = (query: string, body: object) =>
      google.call(`${url}${query}`, { method: "PATCH", headers, body: JSON.stringify(body) });
    const refused = () => rulesOf("google_iam_oauth_client_credential").refuseDelete?.(stored.values, context());

    const shown = await google.call(url, { headers });
    expect(shown.body).toEqual({ name: stored.identity, disabled: false });
    expect(JSON.stringify(shown.body)).not.toContain(String(stored.values["client_secret"]));
    expect((await patch("?updateMask=displayName", { disabled: true })).status).toBe(400);
    expect((await patch("?updateMask=disabled", { disabled: "yes" })).status).toBe(400);
    expect(refused()).toBeDefined();
    expect(await patch("?updateMask=disabled", { disabled: true })).toMatchObject({
      status: 200,
      body: { disabled: true },
    });
    expect(refused()).toBeUndefined();
    expect((await google.call(url.replace("key-01", "key-02"), { headers })).status).toBe(404);
  });
});
