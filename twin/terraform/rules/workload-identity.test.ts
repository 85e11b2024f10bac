import { UNKNOWN } from ".";
import { Cloud, dev, rulesOf } from "./testing/rules-fixture";

const poolType = "google_iam_workload_identity_pool";
const providerType = "google_iam_workload_identity_pool_provider";
const github = { issuer_uri: "https://token.actions.githubusercontent.com" };
const mapping = { "google.subject": "assertion.sub" };

function provider(values: object = {}) {
  return {
    workload_identity_pool_id: "github-dev-01",
    workload_identity_pool_provider_id: "github-dev-01",
    attribute_mapping: mapping,
    attribute_condition: "assertion.repository_id == '1'",
    oidc: github,
    ...values,
  };
}

describe("a workload identity pool", () => {
  it("has an id with the project's id and a name with its number", () => {
    const { values, identity } = new Cloud().create(poolType, { workload_identity_pool_id: "github-dev-01" });
    expect(values).toMatchObject({
      id: `projects/${dev.id}/locations/global/workloadIdentityPools/github-dev-01`,
      name: `projects/${dev.number}/locations/global/workloadIdentityPools/github-dev-01`,
      state: "ACTIVE",
      project: dev.id,
    });
    expect(identity).toBe(values["id"]);
  });

  it.each([
    ["gcp-pool", '"workload_identity_pool_id" ("gcp-pool") can not start with "gcp-"'],
    ["abc", '"workload_identity_pool_id" cannot be smaller than 4 characters'],
    ["a".repeat(33), '"workload_identity_pool_id" cannot be greater than 32 characters'],
    ["Pool_1", '"workload_identity_pool_id" must contain only lowercase letters (a-z), numbers (0-9), or dashes (-)'],
  ])("is refused with the id %s", (id, words) => {
    expect(new Cloud().words(poolType, { workload_identity_pool_id: id })).toEqual([words]);
  });

  it.each(["abcd", "a".repeat(32), "9-a-gcp-"])("is accepted with the id %s", (id) => {
    expect(new Cloud().words(poolType, { workload_identity_pool_id: id })).toEqual([]);
  });

  it("is refused in a project that does not exist", () => {
    expect(new Cloud().words(poolType, { workload_identity_pool_id: "github-dev-01", project: "nowhere" })).toEqual([
      "Error creating WorkloadIdentityPool: googleapi: Error 403: Permission denied on resource project nowhere., forbidden",
    ]);
  });

  it("cannot be made a second time, while it is there and for 30 days after", () => {
    const cloud = new Cloud();
    const words = ["Error creating WorkloadIdentityPool: googleapi: Error 409: Requested entity already exists"];
    const values = { workload_identity_pool_id: "github-dev-01" };
    const pool = cloud.create(poolType, values);
    expect(cloud.words(poolType, values)).toEqual(words);
    expect(cloud.remove(pool)).toBeUndefined();
    expect(cloud.store.ofType(poolType)).toEqual([]);
    expect(cloud.words(poolType, values)).toEqual(words);
    cloud.now += 30 * 24 * 3600 * 1000 - 1;
    expect(cloud.words(poolType, values)).toEqual(words);
    cloud.now += 1;
    expect(cloud.words(poolType, values)).toEqual([]);
  });

  it("is found by each form of an import id", () => {
    const { identity } = new Cloud().create(poolType, { workload_identity_pool_id: "github-dev-01" });
    const { importIdentity } = rulesOf(poolType);
    for (const id of [identity, identity.replace(dev.id, dev.number), `${dev.id}/github-dev-01`, "github-dev-01"])
      expect(importIdentity?.(id, new Cloud().context())).toBe(identity);
  });
});

describe("a provider of a workload identity pool", () => {
  let cloud: Cloud;
  beforeEach(() => {
    cloud = new Cloud();
    cloud.create(poolType, { workload_identity_pool_id: "github-dev-01" });
  });
  const condition = "Error creating WorkloadIdentityPoolProvider: googleapi: Error 400: The attribute condition";

  it("is named below its pool", () => {
    const { identity, values } = cloud.create(providerType, provider());
    expect(identity).toBe(
      `projects/${dev.id}/locations/global/workloadIdentityPools/github-dev-01/providers/github-dev-01`,
    );
    expect(values["name"]).toBe(identity.replace(dev.id, dev.number));
  });

  it.each([
    ["none", {}, "one of `aws,oidc,saml,x509` must be specified"],
    ["two", { oidc: [github], aws: { account_id: "1" } }, "but `aws,oidc` were specified."],
  ])("is refused with %s of the kinds of issuer", (_name, kinds, words) => {
    expect(cloud.words(providerType, { ...provider({ oidc: null }), ...kinds })).toEqual([
      expect.stringContaining(words),
    ]);
  });

  it("is not judged by a kind that is not known yet", () => {
    expect(cloud.words(providerType, provider({ oidc: UNKNOWN, aws: UNKNOWN }))).toEqual([]);
    expect(cloud.words(providerType, provider({ oidc: [], aws: [{ account_id: "1" }] }))).toEqual([]);
  });

  it.each(["gcp-x", "abc", "UPPER"])("is refused with the id %s", (id) => {
    expect(cloud.words(providerType, provider({ workload_identity_pool_provider_id: id }))).toHaveLength(1);
  });

  it.each(["https://token.actions.githubusercontent.com", "https://gitlab.com/", "https://app.terraform.io"])(
    "of the issuer %s needs a condition on the claims",
    (issuer_uri) => {
      for (const open of [
        null,
        "",
        "true",
        "'assertion.sub' == 'assertion.sub'",
        'r"google.x" != ""',
        "1 == 1 // assertion.sub",
      ]) {
        const words = cloud.words(providerType, provider({ oidc: { issuer_uri }, attribute_condition: open }));
        expect(words).toEqual([expect.stringContaining(`${condition} must reference one of the provider's claims`)]);
      }
      for (const closed of ["assertion.sub == 'x'", "attribute.repository_id=='1'", "google.subject.startsWith('a')"]) {
        expect(cloud.words(providerType, provider({ oidc: { issuer_uri }, attribute_condition: closed }))).toEqual([]);
      }
    },
  );

  it("of an issuer of one's own needs no condition", () => {
    const oidc = [{ issuer_uri: "https://issuer.example.com" }];
    expect(cloud.words(providerType, provider({ oidc, attribute_condition: null }))).toEqual([]);
  });

  it("takes a condition of 4,096 characters and none of more, also in a change", () => {
    const longest = `assertion.sub == '${"é".repeat(4096 - 19)}'`;
    expect([...longest]).toHaveLength(4096);
    const created = cloud.create(providerType, provider({ attribute_condition: longest }));
    const other = provider({ workload_identity_pool_provider_id: "other-01", attribute_condition: `${longest} ` });
    expect(cloud.words(providerType, other)).toEqual([`${condition} exceeds the 4096 characters limit.`]);
    expect(cloud.update(created, { attribute_condition: `${longest} ` })).toContain(
      "exceeds the 4096 characters limit.",
    );
    expect(cloud.update(created, { attribute_condition: "true" })).toBe(
      `Error updating WorkloadIdentityPoolProvider "${created.identity}": googleapi: Error 400: The attribute condition must reference one of the provider's claims. For more information, see https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions`,
    );
    expect(cloud.update(created, { attribute_condition: "assertion.sub == 'x'", disabled: true })).toBeUndefined();
  });

  it("is refused in a pool that is not there", () => {
    expect(cloud.words(providerType, provider({ workload_identity_pool_id: "other-dev-01" }))).toEqual([
      "Error creating WorkloadIdentityPoolProvider: googleapi: Error 404: Requested entity was not found.",
    ]);
  });

  it("stays reserved after its deletion", () => {
    cloud.remove(cloud.create(providerType, provider()));
    expect(cloud.words(providerType, provider())).toEqual([
      "Error creating WorkloadIdentityPoolProvider: googleapi: Error 409: Requested entity already exists",
    ]);
  });
});
