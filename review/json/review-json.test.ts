import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readStackPlan } from "../model/stack-plan";
import { reviewPlans } from "../review";
import { changeOf, planOf } from "../testing/plan-fixture";
import { reviewJson, reviewJsonSchema } from "./review-json";

describe("a review as JSON", () => {
  it("has the form of its schema, also of a plan of real Terraform", () => {
    const text = readFileSync(join(__dirname, "..", "fixtures", "every-action.plan.json"), "utf8");
    const written = JSON.parse(JSON.stringify(reviewJson(reviewPlans([readStackPlan(text, { stack: "dev" })]))));
    expect(reviewJsonSchema.parse(written)).toEqual(written);
    expect(written.exitCode).toBe(3);
    expect(written.stacks[0].changes.map(({ action }: { action: string }) => action)).not.toContain("no-op");
  });

  it("has a schema for others", () => {
    expect(z.toJSONSchema(reviewJsonSchema)).toMatchObject({
      type: "object",
      required: ["format", "exitCode", "stacks"],
    });
  });

  it("says of each value whether it is shown, hidden or unknown, and shortens none", () => {
    const long = "y".repeat(10_000);
    const { stacks } = reviewJson(
      reviewPlans([
        planOf([
          changeOf(
            "terraform_data",
            { a: "x", b: "s", c: 1 },
            { a: long, b: "t" },
            { beforeSensitive: { b: true }, unknown: { c: true } },
          ),
        ]),
      ]),
    );
    expect(stacks[0]?.changes[0]?.attributes).toEqual([
      { path: "a", before: { value: "x" }, after: { value: long }, forcesReplacement: false, noise: false },
      {
        path: "b",
        before: { hidden: "sensitive", text: "(sensitive value)" },
        after: { hidden: "sensitive", text: "(sensitive value)" },
        forcesReplacement: false,
        noise: false,
      },
      {
        path: "c",
        before: { value: 1 },
        after: { hidden: "unknown", text: "(known after apply)" },
        forcesReplacement: false,
        noise: false,
      },
    ]);
  });

  it("carries who gets what on what", () => {
    const { stacks } = reviewJson(
      reviewPlans([
        planOf([
          changeOf("google_project_iam_member", null, { role: "roles/viewer", member: "user:a@x", project: "p" }),
        ]),
      ]),
    );
    expect(stacks[0]?.access).toEqual([
      {
        address: "google_project_iam_member.it",
        kind: "iam-grant",
        rank: "high",
        effect: "widens",
        sentence: "user:a@x gets roles/viewer on project p: may read almost everything.",
        grant: { member: "user:a@x", role: "roles/viewer", scope: "project p" },
      },
    ]);
  });
});
