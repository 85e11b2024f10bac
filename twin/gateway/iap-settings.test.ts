import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import { appHost, change, oauthClientId, pool, provider, resource } from "./testing/gateway-resources";
import type { TestBrowser } from "./testing/test-browser";

const app = `https://${appHost}`;

let fixture: GatewayFixture;
let browser: TestBrowser;

beforeEach(async () => {
  fixture = await startGateway();
  browser = fixture.browser();
});

afterEach(() => fixture.close());

describe("configuration", () => {
  const open = () => browser.open(`${app}/service-desk`);

  it.each([
    [
      "the placeholder redirect URI",
      { allowed_redirect_uris: ["https://example.com/placeholder"] },
      "redirect_uri_mismatch",
    ],
    [
      "a redirect URI of another client",
      { allowed_redirect_uris: ["https://iap.googleapis.com/v1/oauth/clientIds/x:handleRedirect"] },
      "redirect_uri_mismatch",
    ],
    ["a disabled client", { disabled: true }, "disabled_client"],
    ["another client id", { client_id: "c0000000-0000-4000-a000-000000000001" }, "invalid_client"],
  ])("stops at an OAuth client with %s", async (_case, values, error) => {
    change(fixture.store, "google_iam_oauth_client.iap", values);
    const visit = await open();

    expect(visit.status).toBe(500);
    expect(visit.body).toContain(error);
  });

  it.each([[{ disabled: true }], [{ client_secret: "another" }]])(
    "stops at a credential of the client with %j",
    async (values) => {
      change(fixture.store, "google_iam_oauth_client_credential.iap", values);

      expect((await open()).body).toContain("invalid_client: The provided client secret is invalid.");
    },
  );

  it("stops where the backend has no IAP settings", async () => {
    fixture.store.remove("dev", "google_iap_settings.service-desk");

    expect((await open()).body).toContain("Empty Google Account OAuth client ID(s)/secret(s).");
    expect(fixture.runner.calls).toEqual([]);
  });

  it("stops where the settings name two pools", async () => {
    const settings = (pools: string[]) => ({
      access_settings: {
        identity_sources: ["WORKFORCE_IDENTITY_FEDERATION"],
        workforce_identity_settings: {
          workforce_pools: pools,
          oauth2: { client_id: oauthClientId, client_secret: "x" },
        },
      },
    });
    change(fixture.store, "google_iap_settings.service-desk", settings([pool, `${pool}-b`]));
    expect((await open()).body).toContain("Only one workforce pool is supported.");
    change(fixture.store, "google_iap_settings.service-desk", settings([]));
    expect((await open()).body).toContain("Only one workforce pool is supported.");
  });

  it("stops where the pool has a second provider", async () => {
    fixture.store.put(resource("google_iam_workforce_pool_provider", "second", { name: `${provider}-b`, oidc: [] }));

    expect((await open()).body).toContain("IAP cannot choose a workforce provider.");
  });

  it.each([
    ["gcip_settings", { gcip_settings: [{ tenant_ids: ["t"] }] }],
    ["Google identities", { identity_sources: [] }],
  ])("stops at %s, which would pass by the workforce's IAM check", async (_case, values) => {
    const settings = fixture.store.find("google_iap_settings", ({ name }) => name === "service-desk");
    const [access] = JSON.parse(JSON.stringify(settings?.values["access_settings"]));
    change(fixture.store, "google_iap_settings.service-desk", { access_settings: [{ ...access, ...values }] });

    expect((await open()).body).toContain("The IAP settings do not select workforce identities.");
  });
});
