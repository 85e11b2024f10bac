import fc from "fast-check";
import { PropertyError } from "../federation";
import { type Block, blockOf, blocksOf, synthesize } from "../gateway/synthesized";
import { CloudArmor, type CloudArmorProps } from "./cloud-armor";

const example: CloudArmorProps = {
  projectId: "example-dev",
  name: "people-gateway",
  deniedRanges: ["203.0.113.0/24"],
  deniedRegions: ["KP"],
  rateLimit: { requests: 600, intervalSeconds: 60 },
};
const policyOf = (changes: Partial<CloudArmorProps> = {}): Block =>
  synthesize((stack) => {
    new CloudArmor(stack, "armor", { ...example, ...changes });
  }).only("google_compute_security_policy");
const rulesOf = (changes: Partial<CloudArmorProps> = {}) =>
  [...blocksOf(policyOf(changes), "rule")].sort((one, other) => Number(one["priority"]) - Number(other["priority"]));
const refused = (changes: Partial<CloudArmorProps>) => () => policyOf(changes);

describe("a Cloud Armor policy", () => {
  it("refuses before it admits, so that no rule is unreachable (trap 54)", () => {
    const actions = rulesOf().map(({ action }) => String(action));
    const firstAdmitting = actions.findIndex((action) => !action.startsWith("deny"));
    expect(firstAdmitting).toBeGreaterThan(8);
    expect(actions.slice(0, firstAdmitting).every((action) => action === "deny(403)")).toBe(true);
    expect(actions.slice(firstAdmitting)).toEqual(["throttle", "allow"]);
    expect(new Set(rulesOf().map(({ priority }) => priority)).size).toBe(rulesOf().length);
  });

  it("ends with an explicit rule for all that is left", () => {
    expect(rulesOf().at(-1)).toMatchObject({ action: "allow", priority: 2_147_483_647 });
  });

  it("admits and throttles only the ranges that are allowed, where some are", () => {
    const rules = rulesOf({ allowedRanges: ["192.0.2.0/24"] });
    const ranges = (rule: Block | undefined) => blockOf(blockOf(rule ?? {}, "match"), "config")["src_ip_ranges"];
    expect(rules.at(-1)).toMatchObject({ action: "deny(403)" });
    expect(rules.at(-2)).toMatchObject({ action: "throttle" });
    expect(ranges(rules.at(-2))).toEqual(["192.0.2.0/24"]);
    expect(ranges(rules.at(-1))).toEqual(["*"]);
  });

  it("splits more than ten ranges, and more than five regions, over several rules", () => {
    const deniedRanges = Array.from({ length: 25 }, (_, index) => `203.0.${index}.0/24`);
    const rules = rulesOf({ deniedRanges, deniedRegions: ["AA", "BB", "CC", "DD", "EE", "FF"] });
    const sizes = rules
      .filter(({ description }) => description === "Denied addresses")
      .map((rule) =>
        Number(JSON.stringify(blockOf(blockOf(rule, "match"), "config")["src_ip_ranges"]).split(",").length),
      );
    expect(sizes).toEqual([10, 10, 5]);
    expect(rules.filter(({ description }) => description === "Denied regions")).toHaveLength(2);
  });

  it("only logs attacks until it is told to refuse them", () => {
    const previews = (changes: Partial<CloudArmorProps>) =>
      rulesOf(changes).flatMap(({ description, preview }) =>
        String(description).startsWith("Attacks") ? [preview] : [],
      );
    expect(new Set(previews({}))).toEqual(new Set([true]));
    expect(new Set(previews({ wafPreview: false }))).toEqual(new Set([false]));
  });

  it.each<[string, Partial<CloudArmorProps>]>([
    ["name", { name: "People" }],
    ["projectId", { projectId: "710000000001" }],
    ["deniedRanges", { deniedRanges: [] }],
    ["deniedRanges", { deniedRanges: ["203.0.113.1/24"] }],
    ["deniedRanges", { deniedRanges: ["203.0.113.0"] }],
    ["allowedRanges", { allowedRanges: [] }],
    ["allowedRanges", { allowedRanges: ["2001:db8::1/64"] }],
    ["deniedRegions", { deniedRegions: ["kp"] }],
    ["rateLimit.requests", { rateLimit: { requests: 0, intervalSeconds: 60 } }],
    ["rateLimit.banSeconds", { rateLimit: { requests: 1, intervalSeconds: 60, banSeconds: 1 } }],
    ["wafRuleSets", { wafRuleSets: [{ ruleSet: "sqli-v33-stable" }, { ruleSet: "sqli-v33-stable" }] }],
  ])("refuses a wrong %s: %j", (property, changes) => {
    expect(refused(changes)).toThrow(PropertyError);
    expect(refused(changes)).toThrow(new RegExp(`^test/armor: ${property.replace(".", "\\.")} is`));
  });

  it("lets no text into an expression that is not of its form", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (hostile) => {
        fc.pre(!/^[A-Z]{2}$/.test(hostile) && !/^(owasp-crs|google-mrs)-v/.test(hostile));
        expect(refused({ deniedRegions: [hostile] })).toThrow(PropertyError);
        expect(refused({ wafRuleSets: [{ ruleSet: "sqli-v33-stable", optOut: [hostile] }] })).toThrow(PropertyError);
      }),
      { numRuns: 40 },
    );
  });
});
