import { ResourceStore, softDeletePeriod } from "./resource-store";

const pool = { stack: "dev", type: "google_pool", identity: "pools/p" };
const declared = { address: "google_pool.p", name: "p", constructPath: "dev/federation/pool" };

describe("the store", () => {
  it("holds one record for a stack, type and identity, whoever writes it", () => {
    const store = new ResourceStore();
    store.put({ ...pool, ...declared, values: { a: 1 } });
    store.put({ ...pool, values: { a: 2 } });
    expect(store.all()).toEqual([{ ...pool, ...declared, values: { a: 2 } }]);
    store.put({ ...pool, stack: "prod", values: {} });
    store.put({ ...pool, type: "google_other", values: {} });
    expect(store.all()).toHaveLength(3);
    expect(store.ofType("google_pool").map(({ stack }) => stack)).toEqual(["dev", "prod"]);
  });

  it("gives a record of unknown address one that names it", () => {
    const store = new ResourceStore();
    expect(store.put({ ...pool, values: {} })).toMatchObject({ address: 'google_pool["pools/p"]', name: "pools/p" });
    store.remove("dev", 'google_pool["pools/p"]');
    expect(store.get("dev", "google_pool", "pools/p")).toBeUndefined();
  });

  it("takes the address for the identity where there is no other", () => {
    const store = new ResourceStore();
    store.put({ stack: "dev", type: "google_pool", ...declared, values: {} });
    store.put({ stack: "dev", type: "google_pool", ...declared, values: { again: true } });
    expect(store.all().map(({ identity }) => identity)).toEqual(["google_pool.p"]);
  });

  it("keeps identities apart that only look alike when joined", () => {
    const store = new ResourceStore();
    store.put({ stack: "a", type: "b", identity: "c/d", values: {} });
    store.put({ stack: "a", type: "b/c", identity: "d", values: {} });
    store.put({ stack: "a/b", type: "c", identity: "d", values: {} });
    expect(store.all()).toHaveLength(3);
  });

  it("changes its version with every change", () => {
    const store = new ResourceStore();
    const versions = [store.version];
    store.put({ ...pool, values: {} });
    versions.push(store.version);
    store.retire("dev", 'google_pool["pools/p"]', 0);
    versions.push(store.version);
    const [deleted] = store.deletedOfType("google_pool", 0);
    if (deleted !== undefined) store.restore(deleted);
    versions.push(store.version);
    expect(new Set(versions).size).toBe(4);
  });

  it("shows deleted resources to nobody who does not ask for them, and brings them back as they were", () => {
    const store = new ResourceStore();
    const stored = store.put({ ...pool, ...declared, values: { a: 1 } });
    store.retire("dev", "google_pool.p", 1_000);
    expect(store.all()).toEqual([]);
    expect(store.get("dev", "google_pool", "pools/p")).toBeUndefined();
    expect(store.find("google_pool", () => true)).toBeUndefined();
    expect(store.deletedOfType("google_other", 1_000)).toEqual([]);
    const [deleted] = store.deletedOfType("google_pool", 1_000);
    expect(deleted).toEqual({ ...stored, deletedAt: 1_000 });
    if (deleted !== undefined) expect(store.restore(deleted)).toEqual(stored);
    expect(store.all()).toEqual([stored]);
    expect(store.deletedOfType("google_pool", 1_000)).toEqual([]);
  });

  it("forgets deleted resources after 30 days", () => {
    const store = new ResourceStore();
    store.put({ ...pool, ...declared, values: {} });
    store.retire("dev", "google_pool.p", 0);
    expect(store.deletedOfType("google_pool", softDeletePeriod - 1)).toHaveLength(1);
    expect(store.deletedOfType("google_pool", softDeletePeriod)).toEqual([]);
  });
});
