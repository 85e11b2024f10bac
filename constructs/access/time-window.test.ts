import { type CelInput, run } from "@bufbuild/cel";
import fc from "fast-check";
import { PropertyError } from "../federation/property-error";
import { hostileValues } from "../federation/testing/hostile-values";
import { Datasets } from "./datasets";
import { PurposeServiceAccount } from "./purpose-service-account";
import { bindingsOf, newStack, workload } from "./testing/example-pools";
import { type TimeWindow, timeCondition } from "./time-window";

const condition = (window: TimeWindow) => timeCondition(newStack(), "window", window);
/** Whether the window is open at a time in UTC. CEL's own functions of time, by IANA's time zones. */
const isOpen = (window: TimeWindow, time: string) => {
  const request: CelInput = run("{'time': timestamp(now)}", { now: time }) as CelInput;
  return run(condition(window).expression, { request });
};
const office: TimeWindow = {
  weekly: { timeZone: "Europe/Berlin", days: { first: "monday", last: "friday" }, hours: { from: 8, until: 18 } },
};

const accountProps = { accountId: "night-job", purpose: "p", projectId: "example-dev" };

describe("a time window", () => {
  it.each([
    ["2026-06-01T05:59:59Z", false, "Monday, 7:59 in Berlin"],
    ["2026-06-01T06:00:00Z", true, "Monday, 8:00"],
    ["2026-06-01T15:59:59Z", true, "Monday, 17:59"],
    ["2026-06-01T16:00:00Z", false, "Monday, 18:00"],
    ["2026-01-05T06:30:00Z", false, "in winter, Monday 7:30"],
    ["2026-05-31T10:00:00Z", false, "Sunday"],
    ["2026-06-05T10:00:00Z", true, "Friday"],
    ["2026-06-06T10:00:00Z", false, "Saturday"],
  ])("of office hours at %s: %s, as it is %s", (time, open) => {
    expect(isOpen(office, time)).toBe(open);
  });

  it("goes over midnight and over the weekend", () => {
    const night: TimeWindow = { weekly: { timeZone: "UTC", hours: { from: 22, until: 6 } } };
    expect(["21:59", "22:00", "05:59", "06:00"].map((at) => isOpen(night, `2026-06-01T${at}:00Z`))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const weekend: TimeWindow = { weekly: { timeZone: "UTC", days: { first: "friday", last: "monday" } } };
    expect([1, 2, 4, 5, 6, 7].map((day) => isOpen(weekend, `2026-06-0${day}T12:00:00Z`))).toEqual([
      true,
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it("has a beginning that is included and an end that is not", () => {
    const window: TimeWindow = { from: "2026-06-01T00:00:00Z", until: "2026-06-02T00:00:00Z" };
    const times = ["2026-05-31T23:59:59Z", "2026-06-01T00:00:00Z", "2026-06-01T23:59:59Z", "2026-06-02T00:00:00Z"];
    expect(times.map((time) => isOpen(window, time))).toEqual([false, true, true, false]);
    expect(condition(window).description).toBe("Open from 2026-06-01T00:00:00Z, until 2026-06-02T00:00:00Z");
  });

  it.each<[string, TimeWindow]>([
    ["empty", {}],
    ["backwards", { from: "2026-06-02T00:00:00Z", until: "2026-06-01T00:00:00Z" }],
    ["of all days", { weekly: { timeZone: "UTC", days: { first: "monday", last: "sunday" } } }],
    ["of all hours", { weekly: { timeZone: "UTC", hours: { from: 0, until: 24 } } }],
    ["without hours or days", { weekly: { timeZone: "UTC" } }],
    ["of a time zone that does not exist", { weekly: { timeZone: "Europe/Nowhere", hours: { from: 8, until: 9 } } }],
    ["of an offset", { weekly: { timeZone: "+02:00", hours: { from: 8, until: 9 } } }],
    ["of half hours", { weekly: { timeZone: "UTC", hours: { from: 8.5, until: 9 } } }],
    ["of hour 24", { weekly: { timeZone: "UTC", hours: { from: 24, until: 1 } } }],
    ["of no hour at all", { weekly: { timeZone: "UTC", hours: { from: 8, until: 8 } } }],
    ["until a day that does not exist", { until: "2026-02-30T00:00:00Z" }],
    ["until a time of another zone", { until: "2026-06-01T00:00:00+02:00" }],
    ["until a day without a time", { until: "2026-06-01" }],
  ])("that is %s is refused", (_, window) => {
    expect(() => condition(window)).toThrow(PropertyError);
    expect(() => condition(window)).toThrow(/^dev: window is/);
  });

  it.each([null, "22-6", { until: "2026-06-01T00:00:00Z", untill: "2026-06-02T00:00:00Z" }, { weekly: "always" }])(
    "of another shape is refused, and not taken for one that is always open: %j",
    (window) => {
      for (const build of [
        () => Reflect.construct(PurposeServiceAccount, [newStack(), "job", { ...accountProps, window }]),
        () => Reflect.apply(timeCondition, undefined, [newStack(), "window", window]),
      ])
        expect(build).toThrow(/window is .*expected/);
    },
  );

  it("takes no text that would change its condition (property)", () => {
    const text = fc.oneof(fc.constantFrom(...hostileValues), fc.string({ unit: "binary" }));
    const window = fc.oneof(
      text.map((until): TimeWindow => ({ until })),
      text.map((from): TimeWindow => ({ from })),
      text.map((timeZone): TimeWindow => ({ weekly: { timeZone, hours: { from: 8, until: 18 } } })),
    );
    fc.assert(
      fc.property(window, (given) => {
        expect(() => condition(given)).toThrow(PropertyError);
      }),
      { numRuns: 200 },
    );
  });

  it("is on the right to become an account and on all roles of that account alike, and reads neither claims nor access levels (trap 5, trap 6)", () => {
    const stack = newStack();
    const account = new PurposeServiceAccount(stack, "job", {
      accountId: "night-job",
      purpose: "p",
      projectId: "example-dev",
      window: office,
    });
    account.grantBecome(workload(stack), "become");
    new Datasets(stack, "data", { projectId: "example-dev", location: "EU", datasetIds: ["a", "b"] }).grant(
      account,
      "viewer",
    );
    const bindings = bindingsOf(stack);
    expect(bindings.map(({ role }) => role).sort()).toEqual([
      "roles/bigquery.dataViewer",
      "roles/bigquery.dataViewer",
      "roles/bigquery.jobUser",
      "roles/iam.workloadIdentityUser",
    ]);
    for (const { condition: one } of bindings) {
      expect(one).toEqual(condition(office));
      expect(one?.expression).not.toMatch(/assertion|attribute|google|access_levels/);
    }
  });
});
