import { Cloud, rulesOf } from "./testing/rules-fixture";

const poolType = "google_iam_workforce_pool";
const providerType = "google_iam_workforce_pool_provider";
const pool = (values: object = {}) => ({
  workforce_pool_id: "example-people-01",
  parent: "organizations/1",
  location: "global",
  ...values,
});
const sso = { response_type: "CODE", assertion_claims_behavior: "ONLY_ID_TOKEN_CLAIMS" };
const provider = (values: object = {}, webSso: object = {}) => ({
  workforce_pool_id: "example-people-01",
  provider_id: "entra-01",
  location: "global",
  oidc: { issuer_uri: "https://login.example.com", client_id: "c", web_sso_config: [{ ...sso, ...webSso }] },
  ...values,
});

describe("a workforce pool", () => {
  it("has the same name and id, and a session of an hour", () => {
    const { values } = new Cloud().create(poolType, pool());
    const name = "locations/global/workforcePools/example-people-01";
    expect(values).toMatchObject({ id: name, name, state: "ACTIVE", session_duration: "3600s" });
  });

  it.each(["gcp-people", "short", "1people", "people-", "People", "a".repeat(64)])(
    "is refused with the id %s",
    (id) => {
      expect(new Cloud().words(poolType, pool({ workforce_pool_id: id }))).toEqual([
        expect.stringMatching(/^"workforce_pool_id" \("/),
      ]);
    },
  );

  it.each(["people", "a".repeat(63)])("is accepted with the id %s", (id) => {
    expect(new Cloud().words(poolType, pool({ workforce_pool_id: id }))).toEqual([]);
  });

  it.each([
    ["899s", 1],
    ["900s", 0],
    ["43200s", 0],
    ["43201s", 1],
    ["8h", 1],
  ])("with a session of %s has %s refusals", (session_duration, count) => {
    expect(new Cloud().words(poolType, pool({ session_duration }))).toHaveLength(count);
  });

  it("is one in all of Google Cloud, deleted ones included", () => {
    const cloud = new Cloud();
    cloud.remove(cloud.create(poolType, pool(), "prod"));
    expect(cloud.words(poolType, pool(), "dev")).toEqual([
      "Error creating WorkforcePool: googleapi: Error 409: Requested entity already exists",
    ]);
  });
});

describe("a provider of a workforce pool", () => {
  let cloud: Cloud;
  beforeEach(() => {
    cloud = new Cloud();
    cloud.create(poolType, pool());
  });

  it("is named below its pool", () => {
    const name = "locations/global/workforcePools/example-people-01/providers/entra-01";
    expect(cloud.create(providerType, provider()).values).toMatchObject({ id: name, name, state: "ACTIVE" });
    expect(rulesOf(providerType).importIdentity?.("global/example-people-01/entra-01", cloud.context())).toBe(name);
  });

  it.each([
    [
      { response_type: "TOKEN" },
      'expected oidc.0.web_sso_config.0.response_type to be one of ["CODE" "ID_TOKEN"], got TOKEN',
    ],
    [
      { assertion_claims_behavior: "ALL" },
      'expected oidc.0.web_sso_config.0.assertion_claims_behavior to be one of ["MERGE_USER_INFO_OVER_ID_TOKEN_CLAIMS" "ONLY_ID_TOKEN_CLAIMS"], got ALL',
    ],
  ])("is refused with %j", (webSso, words) => {
    expect(cloud.words(providerType, provider({}, webSso))).toEqual([words]);
  });

  it("says where in its blocks something is wrong", () => {
    expect(cloud.refusals(providerType, provider({}, { response_type: "TOKEN" }))[0]?.path).toEqual([
      "oidc",
      0,
      "web_sso_config",
      0,
      "response_type",
    ]);
  });

  it.each(["gcp-entra", "abc", "Entra"])("is refused with the id %s", (provider_id) => {
    expect(cloud.words(providerType, provider({ provider_id })).length).toBeGreaterThan(0);
  });

  it("is refused in a pool that is not there, and a second time", () => {
    expect(cloud.words(providerType, provider({ workforce_pool_id: "other-people-01" }))[0]).toContain("Error 404");
    cloud.remove(cloud.create(providerType, provider()));
    expect(cloud.words(providerType, provider())[0]).toContain("Error 409: Requested entity already exists");
  });

  it("with the issuer of GitHub needs a condition as well", () => {
    const oidc = { issuer_uri: "https://token.actions.githubusercontent.com", client_id: "c" };
    expect(cloud.words(providerType, provider({ oidc }))[0]).toContain("must reference one of the provider's claims");
  });
});
