import { covers, isExpired, readDriftAllowList } from "./allow-list";

const listOf = (...allow: readonly unknown[]): string => JSON.stringify({ allow });
const entry = { constructPath: "prod/a/b", attribute: "labels", reason: "set by billing", until: "2026-12-31" };

describe("a list of allowed drift", () => {
  it("names resources by construct path, or by stack and address", () => {
    const byAddress = {
      stack: "prod",
      address: "google_project.p",
      attribute: "labels",
      reason: "r",
      until: "2026-12-31",
    };
    expect(readDriftAllowList(listOf(entry, byAddress), "drift-allow.json")).toEqual([entry, byAddress]);
  });

  it.each([
    ["without an end", { ...entry, until: undefined }],
    ["with an end that is no day", { ...entry, until: "2026-02-30" }],
    ["without a reason", { ...entry, reason: " " }],
    ["by address in no stack", { ...entry, constructPath: undefined, address: "a.b" }],
    ["by both names", { ...entry, stack: "prod", address: "a.b" }],
    ["with a key that is not known", { ...entry, wildcard: true }],
    ["that is no object", "labels"],
  ])("refuses an entry %s", (_, wrong) => {
    expect(() => readDriftAllowList(listOf(entry, wrong), "drift-allow.json")).toThrow(
      /^drift-allow\.json: not a list of allowed drift at allow\.1[^\n]*: an entry is \{constructPath or stack and address/,
    );
  });

  it.each(["[]", "{}", '{"allow":{}}', "nothing"])("refuses what is no list: %s", (text) => {
    expect(() => readDriftAllowList(text, "drift-allow.json")).toThrow(
      /^drift-allow\.json: (not JSON|not a list of allowed drift( at allow)?: expected \{"allow": \[\.\.\.\]\})$/,
    );
  });

  it("covers exactly the resource, and the attribute with what lies below it", () => {
    const resource = { stack: "prod", address: "google_project.p", constructPath: "prod/a/b" };
    expect(covers(entry, resource, "labels")).toBe(true);
    expect(covers(entry, resource, "labels.team")).toBe(true);
    expect(covers(entry, resource, 'labels["a.b"]')).toBe(true);
    expect(covers(entry, resource, "labels_all")).toBe(false);
    expect(covers({ ...entry, attribute: "labels.team" }, resource, "labels")).toBe(false);
    expect(covers(entry, { ...resource, constructPath: "prod/a/b/c" }, "labels")).toBe(false);
    expect(covers(entry, { stack: "prod", address: "prod/a/b" }, "labels")).toBe(false);
    const byAddress = {
      stack: "prod",
      address: "google_project.p",
      attribute: "labels",
      reason: "r",
      until: "2026-12-31",
    };
    expect(covers(byAddress, resource, "labels")).toBe(true);
    expect(covers(byAddress, { ...resource, stack: "dev" }, "labels")).toBe(false);
  });

  it("holds up to and with its last day, in UTC", () => {
    expect(isExpired(entry, new Date("2026-12-31T23:59:59Z"))).toBe(false);
    expect(isExpired(entry, new Date("2027-01-01T00:00:00Z"))).toBe(true);
  });
});
