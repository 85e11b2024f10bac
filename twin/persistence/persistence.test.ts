import { createPrivateKey, X509Certificate } from "node:crypto";
import { openCertificateAuthority } from "../network";
import { ResourceStore } from "../store/resource-store";
import { authorities, createTwinKeys, loadResources, readTwinKeys, SavedResourcesError, saveResources } from ".";

const now = Date.UTC(2026, 10, 22);
const day = 86_400_000;
const pool = "google_iam_workload_identity_pool";

function filled(): ResourceStore {
  const store = new ResourceStore();
  store.put({
    stack: "dev",
    type: "google_service_account",
    identity: "a",
    values: { email: "a@b", nested: [{ n: 1 }] },
  });
  store.put({
    stack: "dev",
    type: pool,
    address: `${pool}.one`,
    name: "one",
    identity: "pools/one",
    values: { workload_identity_pool_id: "one" },
    constructPath: "dev/one/pool",
  });
  store.put({ stack: "dev", type: pool, identity: "pools/gone", values: {} });
  store.retire("dev", `${pool}["pools/gone"]`, now - day);
  return store;
}

describe("what a store holds", () => {
  it("comes back as it was, with what can still be undeleted", () => {
    const before = filled();
    const after = new ResourceStore();
    loadResources(after, saveResources(before, now), now);
    expect(after.all()).toEqual(before.all());
    expect(after.deletedOfType(pool, now)).toEqual(before.deletedOfType(pool, now));
    expect(after.deletedOfType(pool, now)).toHaveLength(1);
  });

  it("comes back without what was deleted more than 30 days ago", () => {
    const after = new ResourceStore();
    loadResources(after, saveResources(filled(), now), now + 30 * day);
    expect(after.deletedOfType(pool, now)).toEqual([]);
  });

  it("does not let a deleted one hide the one that was made in its place", () => {
    const store = filled();
    store.put({ stack: "dev", type: pool, identity: "pools/gone", values: { state: "ACTIVE" } });
    const after = new ResourceStore();
    loadResources(after, saveResources(store, now), now);
    expect(after.get("dev", pool, "pools/gone")?.values).toEqual({ state: "ACTIVE" });
  });

  it.each([
    ["no JSON", "{"],
    ["another form", JSON.stringify({ format: "keyless twin 2", resources: [], deleted: [] })],
    [
      "a resource without values",
      JSON.stringify({ format: "keyless twin 1", resources: [{ stack: "dev" }], deleted: [] }),
    ],
  ])("is refused from %s, and nothing is changed", (_, text) => {
    const store = new ResourceStore();
    expect(() => loadResources(store, text, now)).toThrow(SavedResourcesError);
    expect(store.all()).toEqual([]);
  });
});

describe("the keys of a twin", () => {
  it("come back, and open the same authorities", async () => {
    const keys = await createTwinKeys();
    const read = readTwinKeys(JSON.stringify(keys), Date.now());
    expect(read).toEqual(keys);
    const authority = await openCertificateAuthority(authorities.machines, keys.machines);
    const { certificatePem } = await authority.issueClient({ commonName: "job", uris: ["spiffe://example.com/job"] });
    expect(
      new X509Certificate(certificatePem).verify(new X509Certificate(keys.machines.certificatePem).publicKey),
    ).toBe(true);
    expect(new X509Certificate(keys.broker.certificatePem).checkPrivateKey(createPrivateKey(keys.broker.keyPem))).toBe(
      true,
    );
  });

  it("are new ones where the kept ones run out or are none", async () => {
    const keys = JSON.stringify(await createTwinKeys());
    expect(readTwinKeys(keys, Date.now() + 29 * day)).toBeUndefined();
    expect(readTwinKeys(keys.replaceAll("CERTIFICATE", "CERT"), Date.now())).toBeUndefined();
    expect(readTwinKeys("{}", Date.now())).toBeUndefined();
    expect(readTwinKeys("", Date.now())).toBeUndefined();
  });
});
