import dns from "node:dns";
import { promisify } from "node:util";
import { installLocalhostNames, isLocalhostName } from "./localhost-names";

describe("localhost names", () => {
  beforeAll(() => installLocalhostNames());

  it("resolves names below localhost to 127.0.0.1 in every form of lookup", async () => {
    const name = "sts.googleapis.com.localhost";
    const loopback = { address: "127.0.0.1", family: 4 };
    expect(await promisify(dns.lookup)(name)).toEqual(loopback);
    expect(await dns.promises.lookup(name)).toEqual(loopback);
    expect(await dns.promises.lookup(name, { all: true })).toEqual([loopback]);
    expect(await new Promise((resolve) => dns.lookup(name, (...result) => resolve(result)))).toEqual([
      null,
      "127.0.0.1",
      4,
    ]);
    expect(await new Promise((resolve) => dns.lookup(name, { all: true }, (...result) => resolve(result)))).toEqual([
      null,
      [loopback],
    ]);
    expect(await new Promise((resolve) => dns.lookup(name, 4, (...result) => resolve(result)))).toEqual([
      null,
      "127.0.0.1",
      4,
    ]);
  });

  it("leaves all other names to the system", async () => {
    expect(await dns.promises.lookup("127.0.0.1")).toEqual({ address: "127.0.0.1", family: 4 });
    await expect(dns.promises.lookup("localhost.invalid")).rejects.toMatchObject({ syscall: "getaddrinfo" });
    expect((await dns.promises.lookup("localhost", { all: true })).length).toBeGreaterThan(0);
    expect(() => Reflect.apply(dns.lookup, dns, ["a.localhost"])).toThrow(/callback/);
  });

  it("installs once, however often it is called", () => {
    const installed = dns.lookup;
    installLocalhostNames();
    expect(dns.lookup).toBe(installed);
  });

  it("knows a localhost name from one that only looks alike", () => {
    expect(["localhost", "a.localhost", "A.B.LOCALHOST", "a.localhost."].every(isLocalhostName)).toBe(true);
    expect(["alocalhost", "localhost.com", "a.localhost.com", "", undefined].some(isLocalhostName)).toBe(false);
  });
});
