import type { JsonObject } from "../../analysis";
import { reviewPlans } from "../review";
import { type ChangeFixture, changeOf, planOf } from "../testing/plan-fixture";

const judged = (changes: readonly ChangeFixture[], more: JsonObject = {}) => {
  const { stacks, exitCode } = reviewPlans([planOf(changes, more)]);
  return [exitCode, stacks[0]?.assessment.risk, stacks[0]?.assessment.approvalReasons.length];
};
const member = (role: string): JsonObject => ({ role, member: "user:a@x", project: "p" });

describe("risk and exit code", () => {
  it.each<[string, readonly ChangeFixture[], JsonObject, unknown[]]>([
    ["nothing", [], {}, [0, "none", 0]],
    [
      "a data source that is read",
      [{ address: "data.a.b", mode: "data", actions: ["read"], after: {} }],
      {},
      [0, "none", 0],
    ],
    ["drift alone", [], { resource_drift: [] }, [0, "none", 0]],
    ["an output", [], { output_changes: { o: { actions: ["create"], after: 1 } } }, [2, "low", 0]],
    ["a create", [changeOf("terraform_data", null, {})], {}, [2, "low", 0]],
    ["a move", [changeOf("terraform_data", {}, {}, { actions: ["no-op"], previousAddress: "a.b" })], {}, [2, "low", 0]],
    [
      "a grant of medium rank",
      [changeOf("google_project_iam_member", null, member("roles/run.invoker"))],
      {},
      [2, "medium", 0],
    ],
    ["a grant of high rank", [changeOf("google_project_iam_member", null, member("roles/editor"))], {}, [3, "high", 1]],
    ["a destroyed thing", [changeOf("terraform_data", {}, null)], {}, [3, "medium", 1]],
    [
      "a destroyed thing that cannot be made again",
      [changeOf("google_bigquery_dataset", {}, null)],
      {},
      [3, "high", 1],
    ],
    ["a replacement", [changeOf("terraform_data", {}, {}, { actions: ["create", "delete"] })], {}, [3, "medium", 1]],
    [
      "both reasons",
      [
        changeOf("google_project_iam_member", member("roles/x"), member("roles/owner"), {
          actions: ["delete", "create"],
        }),
      ],
      {},
      [3, "critical", 2],
    ],
  ])("of %s", (_, changes, more, expected) => {
    expect(judged(changes, more)).toEqual(expected);
  });
});
