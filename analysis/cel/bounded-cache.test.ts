import { BoundedCache } from "./bounded-cache";

describe("BoundedCache", () => {
  it("makes a value once, and drops the one that was not used for longest", () => {
    const cache = new BoundedCache<string>(2);
    const made: string[] = [];
    const get = (key: string) =>
      cache.get(key, () => {
        made.push(key);
        return key;
      });
    for (const key of ["a", "b", "a", "c", "a", "b"]) get(key);
    expect(made).toEqual(["a", "b", "c", "b"]);
    expect(cache.size).toBe(2);
  });

  it("keeps a value that is undefined", () => {
    const cache = new BoundedCache<undefined>(2);
    let count = 0;
    for (let turn = 0; turn < 2; turn += 1) {
      cache.get("a", () => {
        count += 1;
        return undefined;
      });
    }
    expect(count).toBe(1);
  });
});
