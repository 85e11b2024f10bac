import { ExpiringValues } from "./expiring-values";

afterEach(() => jest.restoreAllMocks());

describe("ExpiringValues", () => {
  it("gives a value until its time is over", () => {
    const values = new ExpiringValues<string>(10);
    const key = values.put("value", 60);
    const now = Date.now();
    expect(values.get(key)).toBe("value");
    jest.spyOn(Date, "now").mockReturnValue(now + 61_000);
    expect(values.get(key)).toBeUndefined();
  });

  it("lets a value be taken once", () => {
    const values = new ExpiringValues<string>(10);
    const key = values.put("value", 60);
    expect(values.take(key)).toBe("value");
    expect(values.take(key)).toBeUndefined();
  });

  it("holds no more than its limit and lets the oldest go first", () => {
    const values = new ExpiringValues<number>(2);
    const keys = [1, 2, 3].map((value) => values.put(value, 60));
    expect(keys.map((key) => values.get(key))).toEqual([undefined, 2, 3]);
  });

  it("makes keys of 256 bits that differ", () => {
    const values = new ExpiringValues<number>(100);
    const keys = Array.from({ length: 100 }, (_, value) => values.put(value, 60));
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(Buffer.from(key, "base64url")).toHaveLength(32);
  });
});
