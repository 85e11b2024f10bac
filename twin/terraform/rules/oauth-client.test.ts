import { Cloud, dev } from "./testing/rules-fixture";

const clientType = "google_iam_oauth_client";
const credentialType = "google_iam_oauth_client_credential";
const redirectUri = "https://iap.googleapis.com/v1/oauth/clientIds/x:handleRedirect";
const client = (values: object = {}) => ({
  oauth_client_id: "people-gateway-01",
  location: "global",
  client_type: "CONFIDENTIAL_CLIENT",
  allowed_grant_types: ["AUTHORIZATION_CODE_GRANT"],
  allowed_scopes: ["openid"],
  allowed_redirect_uris: [redirectUri],
  ...values,
});
const credential = (values: object = {}) => ({
  oauthclient: "people-gateway-01",
  oauth_client_credential_id: "people-01",
  location: "global",
  ...values,
});

describe("an OAuth client", () => {
  it("is given a client id, the same one at every apply", () => {
    const first = new Cloud().create(clientType, client()).values;
    expect(first).toMatchObject({
      name: `projects/${dev.id}/locations/global/oauthClients/people-gateway-01`,
      state: "ACTIVE",
    });
    expect(first["client_id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Cloud().create(clientType, client()).values["client_id"]).toBe(first["client_id"]);
  });

  it.each(["gcp-client", "short", "1client", "client-"])("is refused with the id %s", (oauth_client_id) => {
    expect(new Cloud().words(clientType, client({ oauth_client_id }))[0]).toContain(
      "Error 400: Invalid OauthClient ID.",
    );
  });

  it.each(["http://example.com/", "https://*.example.com/", "https://example.com/#part", "not an address"])(
    "is refused with the redirect URI %s",
    (uri) => {
      const cloud = new Cloud();
      expect(cloud.words(clientType, client({ allowed_redirect_uris: [redirectUri, uri] }))[0]).toContain(
        `Invalid redirect URI: ${uri}`,
      );
      expect(cloud.update(cloud.create(clientType, client()), { allowed_redirect_uris: [uri] })).toContain(
        "Invalid redirect URI",
      );
    },
  );

  it("is of one of two types", () => {
    expect(new Cloud().words(clientType, client({ client_type: "SECRET_CLIENT" }))).toHaveLength(1);
    expect(new Cloud().words(clientType, client({ client_type: "PUBLIC_CLIENT" }))).toEqual([]);
  });

  it("stays reserved after its deletion", () => {
    const cloud = new Cloud();
    cloud.remove(cloud.create(clientType, client()));
    expect(cloud.words(clientType, client())).toEqual([
      "Error creating OauthClient: googleapi: Error 409: Requested entity already exists",
    ]);
  });
});

describe("a credential of an OAuth client", () => {
  let cloud: Cloud;
  beforeEach(() => {
    cloud = new Cloud();
    cloud.create(clientType, client());
  });

  it("has a secret of its own", () => {
    const one = cloud.create(credentialType, credential()).values["client_secret"];
    const other = cloud.create(credentialType, credential({ oauth_client_credential_id: "people-02" })).values[
      "client_secret"
    ];
    expect(one).toMatch(/^[\w-]{40,}$/);
    expect(other).not.toBe(one);
  });

  it.each(["gcp-people", "abc", "Upper"])("is refused with the id %s", (id) => {
    expect(cloud.words(credentialType, credential({ oauth_client_credential_id: id }))[0]).toContain("Error 400");
  });

  it("is refused for a client that is not there", () => {
    expect(cloud.words(credentialType, credential({ oauthclient: "other-client" }))[0]).toContain("Error 404");
  });

  it("cannot be deleted while it is enabled", () => {
    const enabled = cloud.create(credentialType, credential());
    expect(cloud.remove(enabled)).toBe(
      "Error when reading or editing OauthClientCredential: googleapi: Error 400: Before you can delete an OAuth client credential, you must disable it.",
    );
    expect(cloud.store.get("dev", credentialType, enabled.identity)).toBeDefined();
  });

  it("can be deleted once it was disabled, even if Terraform's state does not say so", () => {
    const enabled = cloud.create(credentialType, credential());
    cloud.store.put({ ...enabled, values: { ...enabled.values, disabled: true } });
    expect(cloud.remove(enabled)).toBeUndefined();
    expect(cloud.store.ofType(credentialType)).toEqual([]);
  });
});
