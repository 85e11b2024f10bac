import type { JsonObject } from "../../analysis";
import { type ChangeFixture, changeOf, driftOf, planOf } from "../testing/plan-fixture";
import { plainText } from "../text/sentence";
import { type DriftAllowance, wholeResource } from "./allow-list";
import { detectDrift } from "./detect-drift";

const today = new Date("2026-11-22T12:00:00Z");
const provider = "google_iam_workload_identity_pool_provider";

const detect = (drift: readonly ChangeFixture[], allow: readonly DriftAllowance[] = [], more: JsonObject = {}) =>
  detectDrift([driftOf(drift, more)], allow, today);

const allowance = (type: string, attribute: string, until = "2026-12-31"): DriftAllowance => ({
  stack: "dev",
  address: `${type}.it`,
  attribute,
  reason: "known",
  until,
});

describe("drift", () => {
  it("is nothing where nothing changed outside", () => {
    expect(detect([])).toMatchObject({ changedOutside: [], allowed: [], exitCode: 0 });
  });

  it("is one finding an attribute, ranked by what it does to security", () => {
    const { changedOutside, exitCode } = detect([
      changeOf(
        provider,
        { attribute_condition: "a", display_name: "x", etag: "1" },
        { attribute_condition: "a || true", display_name: "y", etag: "2" },
      ),
    ]);
    expect(changedOutside.map(({ attribute, kind, rank }) => [attribute, kind, rank])).toEqual([
      ["attribute_condition", "federation-trust", "high"],
      ["display_name", "attribute", "low"],
      ["etag", "bookkeeping", "low"],
    ]);
    expect(changedOutside[0]?.sentences.map(plainText)).toEqual([
      "The attribute condition changes from a to a || true.",
    ]);
    expect(exitCode).toBe(3);
  });

  it("is not what a deploy-time step has set: the redirect URI with the client's own id, and no other", () => {
    const client = (uris: readonly string[], more: JsonObject = {}) =>
      changeOf(
        "google_iam_oauth_client",
        { client_id: "abc", allowed_redirect_uris: ["https://placeholder.example"] },
        { client_id: "abc", allowed_redirect_uris: uris, ...more },
      );
    const own = "https://iap.googleapis.com/v1/oauth/clientIds/abc:handleRedirect";
    expect(detect([client([own])])).toMatchObject({ changedOutside: [], exitCode: 0 });
    const others = [
      client([own, "https://evil.example"]),
      client(["https://iap.googleapis.com/v1/oauth/clientIds/other:handleRedirect"]),
      client([own], { disabled: true }),
    ];
    for (const drift of others) expect(detect([drift]).exitCode).toBeGreaterThan(0);
  });

  it("tells a member that was added to an authoritative binding", () => {
    const binding = { role: "roles/run.invoker", name: "s", members: ["user:a@x"] };
    const { changedOutside } = detect([
      changeOf("google_cloud_run_v2_service_iam_binding", binding, { ...binding, members: ["user:a@x", "allUsers"] }),
    ]);
    expect(changedOutside.map(({ attribute, kind, rank }) => [attribute, kind, rank])).toEqual([
      ["members", "iam-grant", "critical"],
    ]);
  });

  it("tells a resource that is gone, and what went with it", () => {
    const { changedOutside, exitCode } = detect([
      changeOf("google_project_iam_member", { role: "roles/viewer", member: "user:a@x", project: "p" }, null),
      changeOf("google_service_account", { account_id: "a" }, null),
    ]);
    expect(
      changedOutside.map(({ attribute, kind, rank, sentences }) => [attribute, kind, rank, sentences.map(plainText)]),
    ).toEqual([
      [
        wholeResource,
        "gone",
        "high",
        ["The resource is gone.", "The service account a goes, and with it all that runs as it."],
      ],
      [wholeResource, "gone", "medium", ["The resource is gone.", "user:a@x loses roles/viewer on project p."]],
    ]);
    expect(exitCode).toBe(3);
  });

  it("without effect on security is for a look, not for an approval", () => {
    expect(detect([changeOf("google_project", { name: "a" }, { name: "b" })]).exitCode).toBe(2);
  });

  it("is not a move that an apply has yet to write down", () => {
    expect(
      detect([
        changeOf("terraform_data", { a: 1 }, { a: 1 }, { actions: ["no-op"], previousAddress: "terraform_data.old" }),
      ]).changedOutside,
    ).toEqual([]);
  });

  it("is told also where no attribute shows it", () => {
    expect(
      detect([changeOf("google_project", { a: 1 }, { a: 1 })]).changedOutside.map(({ attribute }) => attribute),
    ).toEqual([wholeResource]);
  });

  it("cannot be read from a plan that decides on resources, which may not have looked", () => {
    const plan = planOf([changeOf("google_project", { a: 1 }, { a: 1 }, { actions: ["no-op"] })]);
    expect(() => detectDrift([plan], [], today)).toThrow(
      'dev: not a refresh-only plan; make it with "terraform plan -refresh-only -out PLANFILE"',
    );
  });
});

describe("allowed drift", () => {
  const labelled = changeOf("google_project", { labels: { a: "1" }, name: "a" }, { labels: { a: "2" }, name: "b" });

  it("is kept apart, and only what the entry names is", () => {
    const report = detect([labelled], [allowance("google_project", "labels")]);
    expect(report.allowed.map(({ attribute }) => attribute)).toEqual(["labels"]);
    expect(report.changedOutside.map(({ attribute }) => attribute)).toEqual(["name"]);
    expect(report).toMatchObject({ exitCode: 2, unused: [], expired: [] });
  });

  it("leaves nothing to do where all of it is allowed", () => {
    const report = detect([labelled], [allowance("google_project", "labels.a"), allowance("google_project", "name")]);
    expect(report).toMatchObject({ exitCode: 0, changedOutside: [] });
  });

  it("is not allowed any more by an entry that has expired", () => {
    const expired = allowance("google_project", "labels", "2026-11-21");
    const report = detect([labelled], [expired]);
    expect(report).toMatchObject({ expired: [expired], unused: [], allowed: [] });
    expect(report.changedOutside).toHaveLength(2);
  });

  it("that was not found shows its entry as unused", () => {
    const unused = allowance("google_project", "project_id");
    expect(detect([labelled], [unused]).unused).toEqual([unused]);
  });

  it("of one attribute does not hide what another one does", () => {
    const report = detect(
      [
        changeOf(
          provider,
          { attribute_condition: "a", display_name: "x" },
          { attribute_condition: "", display_name: "y" },
        ),
      ],
      [allowance(provider, "display_name")],
    );
    expect(report.changedOutside.map(({ attribute, rank }) => [attribute, rank])).toEqual([
      ["attribute_condition", "critical"],
    ]);
  });

  it("of a resource type read as a whole is not hidden with its labels", () => {
    const report = detect(
      [
        changeOf(
          "google_iam_deny_policy",
          { display_name: "a", rules: [{ a: 1 }] },
          { display_name: "b", rules: [{ a: 2 }] },
        ),
      ],
      [allowance("google_iam_deny_policy", "display_name")],
    );
    expect(report.changedOutside.map(({ attribute, rank }) => [attribute, rank])).toEqual([["rules", "high"]]);
  });

  it("may be that a resource is gone, by its own name for it only", () => {
    const gone = changeOf("google_project", { name: "a" }, null);
    expect(detect([gone], [allowance("google_project", wholeResource)])).toMatchObject({ exitCode: 0, unused: [] });
    expect(detect([gone], [allowance("google_project", "name")]).exitCode).toBe(3);
  });
});

describe("what a refresh cannot see", () => {
  const state = (...types: readonly string[]): JsonObject => ({
    prior_state: {
      values: {
        root_module: {
          resources: types.map((type, index) => ({ address: `${type}.r${index}`, mode: "managed", type, values: {} })),
        },
      },
    },
  });

  it("is told by type, apart from what is clean", () => {
    const { notCovered, changedOutside, exitCode } = detect(
      [],
      [],
      state(
        "google_project_iam_member",
        "google_project_iam_member",
        "google_compute_url_map",
        "azuread_application_password",
      ),
    );
    expect(
      notCovered.map(({ type, attribute, resources }) => [type, attribute, resources.map(({ address }) => address)]),
    ).toEqual([
      ["azuread_application_password", "value", ["azuread_application_password.r3"]],
      ["google_project_iam_member", undefined, ["google_project_iam_member.r0", "google_project_iam_member.r1"]],
    ]);
    expect({ changedOutside, exitCode }).toEqual({ changedOutside: [], exitCode: 0 });
  });
});
