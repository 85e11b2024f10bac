import { ServiceAccountKey } from "@cdktf/provider-google/lib/service-account-key";
import { TerraformStack, Testing } from "cdktf";
import { enforcePolicies, type PolicyException } from ".";
import { type Build, outputsOf, problems, today } from "./testing/policy-problems";

const account = "projects/example-dev/serviceAccounts/a@example-dev.iam.gserviceaccount.com";

describe("an exception", () => {
  const key: Build = (stack) => new ServiceAccountKey(stack, "it", { serviceAccountId: account });
  const exception: PolicyException = {
    rule: "no-service-account-key",
    path: "dev/it",
    reason: "A scanner that knows no federation yet; replaced in summer.",
    owner: "platform@example.com",
    expires: "2026-08-31",
  };

  it("lets one construct break one rule, and is listed in an output of its stack", () => {
    expect(outputsOf(key, [exception])["policy_exceptions"]?.value).toEqual([exception]);
    expect(problems(key, [{ ...exception, path: "*/it" }], ["dev", "prod"])).toEqual([]);
    expect(outputsOf(() => undefined)["policy_exceptions"]).toBeUndefined();
  });

  it("is for no other construct, rule or stack", () => {
    for (const path of ["dev/other", "prod/it"]) {
      const found = problems(key, [{ ...exception, path }]);
      expect(found).toContainEqual(expect.stringContaining("dev/it: no-service-account-key"));
    }
    expect(problems(key, [{ ...exception, rule: "no-public-member" }])).toHaveLength(2);
  });

  it("that nothing needs any more has to go, unless its stack is not synthesized", () => {
    const nothing: Build = () => undefined;
    expect(problems(nothing, [exception])).toEqual([
      "exception from no-service-account-key for dev/it: nothing needs it any more: remove it",
    ]);
    expect(problems(nothing, [exception], ["prod"])).toEqual([]);
  });

  it("holds until the end of its last day, and not longer", () => {
    const ending = (expires: string) => problems(key, [{ ...exception, expires }]);
    expect(ending("2026-06-01")).toEqual([]);
    expect(ending("2026-05-31")).toEqual([expect.stringContaining("expired on 2026-05-31")]);
  });

  it("of another shape is told, and so is a day that is none, on which nothing would expire", () => {
    const shapeless: unknown = { rule: "no-service-account-key", path: "dev/it" };
    const build = (exceptions: unknown, day: Date) => () => {
      const app = Testing.app();
      const stack = new TerraformStack(app, "dev");
      key(stack);
      Reflect.apply(enforcePolicies, undefined, [app, { exceptions, today: day }]);
      Testing.synth(stack);
    };
    expect(build([shapeless], today)).toThrow("expected rule, path, reason, owner and expires, each a text");
    expect(build([exception], new Date("no day"))).toThrow("the present day is none");
  });

  it.each<[string, Partial<PolicyException>]>([
    ["path", { path: "it" }],
    ["reason", { reason: "later" }],
    ["owner", { owner: "me" }],
    ["expires", { expires: "2026-02-30" }],
    ["expires", { expires: "soon" }],
    ["expires", { expires: "2028-01-01" }],
  ])("says its %s in the form expected: %j", (property, changes) => {
    expect(problems(key, [{ ...exception, ...changes }])).toContainEqual(
      expect.stringContaining(`: ${property}: expected`),
    );
  });
});
