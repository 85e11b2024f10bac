import fc from "fast-check";
import { readStackPlan } from "../model/stack-plan";
import { PlanError } from "../plan/plan-error";
import { reviewPlans } from "../review";
import { outsideCodeSpans } from "../testing/outside-code-spans";
import { type ChangeFixture, changeOf, planOf, planText } from "../testing/plan-fixture";
import { stickyMarker } from "./marker";
import { type ReviewMarkdownOptions, reviewMarkdown } from "./review-markdown";

const written = (changes: readonly ChangeFixture[], options: ReviewMarkdownOptions = {}): string =>
  reviewMarkdown(reviewPlans([planOf(changes)]), options);

const replaced = changeOf(
  "google_iam_workload_identity_pool",
  { workload_identity_pool_id: "a-01", display_name: "A", name: "n", etag: "1", state: "ACTIVE" },
  { workload_identity_pool_id: "a-02", display_name: "B", etag: "2", state: "ACTIVE" },
  {
    actions: ["delete", "create"],
    unknown: { name: true },
    replacePaths: [["workload_identity_pool_id"]],
    reason: "replace_because_cannot_update",
  },
);

const everything = [
  replaced,
  {
    ...changeOf("terraform_data", { input: "x" }, null, { reason: "delete_because_no_resource_config" }),
    address: "terraform_data.gone",
  },
  { ...changeOf("terraform_data", { input: 1 }, { input: 2 }), address: "terraform_data.changed" },
  { ...changeOf("terraform_data", null, { input: "new" }), address: "terraform_data.new" },
  {
    ...changeOf("terraform_data", { a: 1 }, { a: 1 }, { actions: ["no-op"], previousAddress: "terraform_data.old" }),
    address: "terraform_data.moved",
  },
  {
    ...changeOf("terraform_data", { a: 1 }, { a: 1 }, { actions: ["no-op"], importing: { id: "some-id" } }),
    address: "terraform_data.imported",
  },
  { ...changeOf("terraform_data", { a: 1 }, null, { actions: ["forget"] }), address: "terraform_data.forgotten" },
  { address: "data.external.x", type: "external", mode: "data", actions: ["read"], before: null, after: {} },
  { ...changeOf("terraform_data", { a: 1 }, { a: 1 }, { actions: ["no-op"] }), address: "terraform_data.untouched" },
];

describe("a review in Markdown", () => {
  it("begins with the marker and one line that says it all", () => {
    const [marker, line] = written(everything).split("\n");
    expect(marker).toBe("<!-- keyless review stacks=dev -->");
    expect(line).toBe("dev: +1 ~1 -/+1 -1 · risk high · needs approval · 1 moved · 1 imported · 1 forgotten");
  });

  it("says of a plan without changes that there are none", () => {
    expect(written([]).split("\n")[1]).toBe("dev: +0 ~0 -/+0 -0 · risk none");
  });

  it("shows first, and open, what is destroyed and replaced, with what forces it", () => {
    const markdown = written(everything);
    expect(markdown.indexOf("### Destroyed and replaced")).toBeLessThan(markdown.indexOf("<details>"));
    expect(markdown).toContain(
      "- **replaced** (delete first) `google_iam_workload_identity_pool.it` in dev: the attribute cannot be changed in place, forced by `workload_identity_pool_id`.",
    );
    expect(markdown).toContain("| `workload_identity_pool_id` **forces replacement** | `a-01` | `a-02` |");
    expect(markdown).toContain("- **destroyed** `terraform_data.gone` in dev: it is no longer in the configuration.");
  });

  it("folds bookkeeping and what is known only after apply, and leaves out what stays", () => {
    const markdown = written([replaced]);
    expect(markdown).toContain("Known after apply: `name`.");
    expect(markdown).toContain("Bookkeeping that changes too: `etag`.");
    expect(markdown).not.toContain("ACTIVE");
  });

  it("names resources by construct path, with the address in small", () => {
    const plan = planOf(
      [changeOf("terraform_data", { a: 1 }, null)],
      {},
      new Map([["terraform_data.it", "dev/steps/it"]]),
    );
    expect(reviewMarkdown(reviewPlans([plan]))).toContain(
      "- **destroyed** `dev/steps/it` <sub>`terraform_data.it`</sub>.",
    );
  });

  it("tells where resources are moved, imported, forgotten and read", () => {
    const markdown = written(everything);
    expect(markdown).toContain("`terraform_data.moved` in dev, moved from `terraform_data.old`");
    expect(markdown).toContain("`terraform_data.imported` in dev, imported as `some-id`");
    expect(markdown).toContain("1 resource no longer managed here, left in the cloud");
    expect(markdown).toContain("1 resource read during apply");
    expect(markdown).not.toContain("untouched");
  });

  it("keeps drift apart from what the plan does", () => {
    const drift = JSON.parse(
      planText([changeOf("google_service_account", { disabled: true }, { disabled: false })]),
    ).resource_changes;
    const markdown = reviewMarkdown(reviewPlans([planOf([], { resource_drift: drift })]));
    expect(markdown.split("\n")[1]).toBe("dev: +0 ~0 -/+0 -0 · risk none · 1 drifted");
    expect(markdown).toContain("### Drift");
    expect(markdown).toContain("The service account is enabled again.");
    expect(markdown).not.toContain("### Access changes");
  });

  it("lists several stacks, in the order given, under a marker that does not depend on it", () => {
    const plans = ["staging", "prod"].map((stack) => readStackPlan(planText([]), { stack }));
    expect(reviewMarkdown(reviewPlans(plans)).split("\n").slice(0, 3)).toEqual([
      "<!-- keyless review stacks=prod,staging -->",
      "- staging: +0 ~0 -/+0 -0 · risk none",
      "- prod: +0 ~0 -/+0 -0 · risk none",
    ]);
    expect(() => reviewPlans([...plans, ...plans])).toThrow("staging: two plans of one stack");
  });

  it("is the same each time", () => {
    expect(written(everything)).toBe(
      written(everything.toReversed()).replace(
        /sha256:[0-9a-f]+/,
        /sha256:[0-9a-f]+/.exec(written(everything))?.[0] ?? "",
      ),
    );
  });

  it("ends with commit and run, which are let in only in their form", () => {
    expect(written([], { commit: "0123abcd", runUrl: "https://github.com/o/r/actions/runs/1" })).toContain(
      "commit `0123abcd` · [run](<https://github.com/o/r/actions/runs/1>)",
    );
    expect(() => written([], { commit: "main" })).toThrow(PlanError);
    for (const runUrl of ["javascript:alert(1)", "https://x/>)<b>", "https://u:p@x/", "http://x/"]) {
      expect(() => written([], { runUrl })).toThrow(PlanError);
    }
  });
});

describe("hostile names and values", () => {
  const hostile = fc
    .string({
      unit: fc.constantFrom(
        ..."`|\\@#<>[]()!*_~\n\r ",
        "\u202e",
        "\u200b",
        "@octocat",
        "#1",
        "<img src=x>",
        "![a](https://x)",
        "-->",
        "https://x.y",
        "www.x.y",
        "\n\n# head\n",
      ),
      minLength: 1,
      maxLength: 12,
    })
    .map((text) => `XQZ${text}XQZ`);

  it("stay in code spans, wherever they stand", () => {
    fc.assert(
      fc.property(
        hostile,
        fc.constantFrom("google_project_iam_member", "azuread_application_redirect_uris", "terraform_data"),
        (text, type) => {
          const values = {
            member: text,
            role: text,
            project: text,
            redirect_uris: [text],
            [text]: text,
            condition: [{ expression: text }],
          };
          const address = `${type}.it[${JSON.stringify(text)}]`;
          const plan = planOf(
            [
              { address, type, actions: ["create"], after: values },
              { address, type, actions: ["delete"], before: values, deposed: text },
              {
                address,
                type,
                actions: ["delete", "create"],
                before: values,
                after: { ...values, [text]: `${text}2` },
                replacePaths: [[text]],
              },
              {
                address,
                type,
                actions: ["update"],
                before: values,
                after: { member: `${text}3` },
                previousAddress: text,
                importing: { id: text },
              },
            ],
            {
              output_changes: { [text]: { actions: ["update"], before: text, after: `${text}4` } },
              resource_drift: JSON.parse(planText([{ address, type, actions: ["update"], before: values, after: {} }]))
                .resource_changes,
            },
            new Map([[`${type}.it`, `dev/${text}`]]),
          );
          const review = reviewPlans([plan]);
          for (const limit of [65_000, 3000]) {
            const outside = outsideCodeSpans(reviewMarkdown(review, { limit }));
            expect(outside).not.toContain("XQZ");
            expect(outside).not.toMatch(/@|#\d|https?:|www\.|!\[|<(?!\/?(details|summary|sub)>|!-- keyless)/);
            for (const row of outside.split("\n").filter((line) => line.startsWith("|"))) {
              expect(row.split("|")).toHaveLength(5);
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("a review that is too long", () => {
  const many = (count: number): readonly ChangeFixture[] =>
    Array.from({ length: count }, (_, index): ChangeFixture => {
      const address = `google_project_iam_member.m${String(index).padStart(5, "0")}_${"x".repeat(40)}`;
      const values = {
        member: `user:u${index}@example.com`,
        role: "roles/bigquery.dataViewer",
        project: "p".repeat(60),
      };
      const kind = index % 4;
      if (kind === 0) return { address, actions: ["create"], after: values };
      if (kind === 1) return { address, actions: ["update"], before: values, after: { ...values, project: "q" } };
      if (kind === 2) return { address, actions: ["delete"], before: values };
      return {
        address,
        actions: ["delete", "create"],
        before: values,
        after: { ...values, role: "roles/owner" },
        replacePaths: [["role"]],
      };
    });

  it.each([40, 200, 1000, 8000])("fits however many changes there are: %i", (count) => {
    const markdown = written(many(count));
    expect(markdown.length).toBeLessThanOrEqual(65_000);
    expect(markdown.split("\n")[1]).toContain(`+${count / 4} ~${count / 4} -/+${count / 4} -${count / 4}`);
  });

  it("says what each step left out, least missed first", () => {
    const said = [60_000, 30_000, 20_000, 15_000, 6000, 2000].map(
      (limit) =>
        /\*\*Left out to keep this short:\*\* (.*)\. The JSON/.exec(written(many(100), { limit }))?.[1]?.split("; ") ??
        [],
    );
    for (const [index, steps] of said.entries()) {
      const before = said[index - 1] ?? [];
      expect(steps.slice(0, before.length).map((step) => step.replace(/\d+/, "N"))).toEqual(
        before.map((step) => step.replace(/\d+/, "N")),
      );
    }
    expect(said[said.length - 1]?.[0]).toBe("attributes of created resources");
    expect(said[said.length - 1]?.at(-1)).toMatch(/^all but the first \d+ destroyed or replaced resources/);
  });

  it("keeps destroyed and replaced resources and grave access changes longest", () => {
    const markdown = written(many(60), { limit: 9000 });
    expect(markdown).toContain("### Destroyed and replaced");
    expect(markdown).toContain("**critical**");
    expect(markdown).not.toContain("created</summary>");
    expect(markdown).toMatch(/15 resources created: 15 `google_project_iam_member`/);
  });

  it("fits with names and values of any length", () => {
    const long = "y".repeat(100_000);
    const markdown = written([
      changeOf("terraform_data", { [long]: long }, { [long]: `${long}z` }),
      { address: `terraform_data.b["${long}"]`, actions: ["delete"], before: {} },
    ]);
    expect(markdown.length).toBeLessThanOrEqual(65_000);
    expect(markdown).toContain("more characters) …");
  });
});

it("the marker of many stacks stays short, and no stack's name ends the comment", () => {
  expect(
    stickyMarker(
      "review",
      Array.from({ length: 500 }, (_, index) => `stack-${index}`),
    ).length,
  ).toBeLessThan(130);
  expect(stickyMarker("drift", ["a--", "b"])).toBe("<!-- keyless drift stacks=a%2D%2D,b -->");
});
