import fc from "fast-check";
import type { Json, JsonObject } from "../../analysis";
import { detectDrift } from "../drift/detect-drift";
import { driftJson } from "../drift/drift-json";
import { driftMarkdown } from "../drift/drift-markdown";
import { driftSarif } from "../drift/sarif";
import { reviewJson } from "../json/review-json";
import { reviewMarkdown } from "../markdown/review-markdown";
import { reviewPlans } from "../review";
import { type ChangeFixture, changeOf, driftOf, planOf } from "../testing/plan-fixture";
import { Hidden } from "./shown-value";

/** Everything that is ever written about the changes, as a plan and as drift. */
function everyOutput(changes: readonly ChangeFixture[], more: JsonObject = {}): string {
  const review = reviewPlans([planOf(changes, more)]);
  const drift = detectDrift([driftOf(changes, more)], [], new Date(0));
  return [
    reviewMarkdown(review),
    reviewMarkdown(review, { limit: 1500 }),
    JSON.stringify(reviewJson(review)),
    driftMarkdown(drift),
    JSON.stringify(driftJson(drift)),
    JSON.stringify(driftSarif(drift)),
  ].join("\n");
}

const secretText = fc
  .string({ minLength: 10, maxLength: 30, unit: fc.constantFrom(...'abcXYZ0189!?_=+/"\\\n é<|`@') })
  .filter((text) => text.trim().length >= 8)
  .map((text) => `Zq${text}`);

/** A value and the marks that go with it, with the secret somewhere in it. */
interface Marked {
  readonly value: Json;
  readonly marks: Json;
}

const marked = (secret: Json): fc.Arbitrary<Marked> =>
  fc.letrec<{ tree: Marked }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.constant<Marked>({ value: secret, marks: true }),
      fc.constant<Marked>({ value: [secret, "x"], marks: [true, false] }),
      fc.constant<Marked>({ value: { deep: [secret] }, marks: true }),
      tie("tree").map(
        ({ value, marks }): Marked => ({ value: { plain: 1, block: [value] }, marks: { block: [marks] } }),
      ),
      tie("tree").map(({ value, marks }): Marked => ({ value: [value, "other"], marks: [marks] })),
    ),
  })).tree;

const actions = fc.constantFrom(
  ["create"],
  ["update"],
  ["delete"],
  ["delete", "create"],
  ["create", "delete"],
  ["forget"],
);
const resourceType = fc.constantFrom(
  "terraform_data",
  "google_project_iam_member",
  "google_iam_workload_identity_pool_provider",
  "google_cloud_run_v2_service",
  "azuread_application_redirect_uris",
);

describe("a value that is marked sensitive", () => {
  it("appears in no output, wherever it is marked, and wherever else the same value stands", () => {
    fc.assert(
      fc.property(
        secretText.chain((secret) => fc.tuple(fc.constant(secret), marked(secret))),
        actions,
        resourceType,
        fc.constantFrom("before", "after", "both"),
        ([secret, { value, marks }], list, type, side) => {
          const values: JsonObject = {
            input: value,
            member: `user:${secret}`,
            [`key ${secret}`]: secret,
            oidc: [{ issuer_uri: `https://${secret}` }],
            json: JSON.stringify({ nested: secret }),
            encoded: Buffer.from(secret).toString("base64"),
          };
          const written = everyOutput(
            [
              {
                address: `${type}.it[${JSON.stringify(secret)}]`,
                type,
                actions: list,
                before: list[0] === "create" && list.length === 1 ? null : values,
                after: list[0] === "delete" && list.length === 1 ? null : { ...values, changed: true },
                beforeSensitive: side === "after" ? {} : { input: marks },
                afterSensitive: side === "before" ? {} : { input: marks },
                previousAddress: `a.${secret}`,
                replacePaths: [[`key ${secret}`]],
              },
            ],
            { output_changes: { [secret]: { actions: ["create"], after: secret } } },
          );
          const forms = [secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString("base64")];
          for (const form of forms) expect(written).not.toContain(form);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("appears in no output where a variable, an output or the state marks it", () => {
    const secret = "only-the-variable-knows";
    const leaking = changeOf("terraform_data", { input: secret }, { input: `${secret}-2` });
    for (const more of [
      {
        variables: { v: { value: secret } },
        configuration: { root_module: { variables: { v: { sensitive: true } } } },
      },
      { output_changes: { o: { actions: ["no-op"], before: secret, after: secret, before_sensitive: true } } },
      {
        prior_state: {
          values: {
            root_module: {
              child_modules: [
                {
                  resources: [
                    {
                      address: "a.b",
                      mode: "managed",
                      type: "a",
                      values: { x: [secret] },
                      sensitive_values: { x: [true] },
                    },
                  ],
                },
              ],
            },
          },
        },
      },
      { planned_values: { outputs: { o: { sensitive: true, value: { nested: secret } } } } },
    ]) {
      expect(everyOutput([leaking], more)).not.toContain(secret);
    }
    expect(everyOutput([leaking])).toContain(secret);
  });

  it("is told to have changed, though neither value is", () => {
    const [change] = planOf([
      changeOf("terraform_data", { input: "one" }, { input: "two" }, { beforeSensitive: { input: true } }),
    ]).changes;
    expect(change?.attributes).toHaveLength(1);
    expect(change?.attributes[0]?.before).toBeInstanceOf(Hidden);
    expect(change?.attributes[0]?.after).toBeInstanceOf(Hidden);
    const [same] = planOf([
      changeOf("terraform_data", { input: "one", x: 1 }, { input: "one", x: 2 }, { afterSensitive: { input: true } }),
    ]).changes;
    expect(same?.attributes.map(({ path }) => path)).toEqual([["x"]]);
  });

  it("is hidden where its mark has another shape than it has", () => {
    expect(
      everyOutput([
        changeOf("terraform_data", null, { input: "oddly-marked" }, { afterSensitive: { input: { deep: true } } }),
      ]),
    ).not.toContain("oddly-marked");
    expect(
      everyOutput([changeOf("terraform_data", null, { input: "oddly-marked" }, { afterSensitive: { input: "yes" } })]),
    ).not.toContain("oddly-marked");
    expect(
      everyOutput([changeOf("terraform_data", null, { input: "oddly-marked" }, { afterSensitive: true })]),
    ).not.toContain("oddly-marked");
  });

  it("cannot be had from the model", () => {
    const { changes } = planOf([
      changeOf("terraform_data", null, { input: "kept-inside" }, { afterSensitive: { input: true } }),
    ]);
    expect(JSON.stringify(changes)).not.toContain("kept-inside");
    const value = changes[0]?.after?.["input"];
    expect(value).toBeInstanceOf(Hidden);
    expect(Object.values(Object(value)).join()).not.toContain("kept-inside");
  });
});

describe("a secret that Terraform does not mark", () => {
  const secret = "nobody-marked-this";

  it.each<[string, ChangeFixture]>([
    [
      "client_secret in a block",
      changeOf("google_iam_workforce_pool_provider", null, {
        oidc: [{ client_secret: [{ value: [{ plain_text: secret }] }] }],
      }),
    ],
    [
      "client_secret of IAP",
      changeOf("google_iap_settings", null, { access_settings: [{ oauth2: [{ client_secret: secret }] }] }),
    ],
    ["an Entra password", changeOf("azuread_application_password", null, { value: secret })],
    ["a password that goes", changeOf("google_sql_user", { password: secret }, null)],
    [
      "an environment variable of a container",
      changeOf("google_cloud_run_v2_service", null, {
        template: [{ containers: [{ env: [{ name: "DB_PASSWORD", value: secret }] }] }],
      }),
    ],
    [
      "JSON in a text",
      changeOf("terraform_data", null, { input: JSON.stringify({ source: { client_secret: secret } }) }),
    ],
    ["a numeric password", changeOf("terraform_data", null, { input: { password: 987654321 } })],
    [
      "a private key",
      changeOf("terraform_data", null, { input: `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----` }),
    ],
    [
      "a token in a sentence",
      changeOf("google_project_iam_member", null, {
        member: `user:ya29.${secret}`,
        role: "roles/viewer",
        project: "p",
      }),
    ],
  ])("is hidden: %s", (_, change) => {
    const written = everyOutput([change]);
    expect(written).not.toContain(secret);
    expect(written).not.toContain("987654321");
  });

  it("is hidden as well where another attribute repeats it", () => {
    expect(
      everyOutput([
        changeOf("azuread_application_password", null, { value: secret, display_name: `the one with ${secret}` }),
      ]),
    ).not.toContain(secret);
  });

  it("does not take yes, no and nothing with it", () => {
    const { changes } = planOf([changeOf("terraform_data", null, { password: null, id_token: true })]);
    expect(changes[0]?.after).toEqual({ password: null, id_token: true });
  });
});

describe("a value that is known only after apply", () => {
  it("says where it comes from", () => {
    const { changes } = planOf(
      [
        changeOf(
          "google_project_iam_member",
          null,
          { role: "roles/viewer" },
          { unknown: { member: true, nested: [{ x: true }] } },
        ),
      ],
      {
        configuration: {
          root_module: {
            resources: [
              {
                address: "google_project_iam_member.it",
                expressions: {
                  member: { references: ["google_service_account.a.member", "google_service_account.a"] },
                },
              },
            ],
          },
        },
      },
    );
    expect(JSON.parse(JSON.stringify(changes[0]?.after))).toEqual({
      role: "roles/viewer",
      member: "(known after apply, from google_service_account.a.member)",
      nested: [{ x: "(known after apply)" }],
    });
  });
});
