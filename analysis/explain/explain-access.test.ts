import fc from "fast-check";
import * as fixture from "../access/fixture";
import { buildAccessModel } from "../access/model";
import type { Resource } from "../terraform/resource";
import { type ReadCredential, readClaims, readToken } from "./credential";
import { explainAccess } from "./explain-access";
import { accountLimit, withinReach } from "./within-reach";

const { deployer, githubAudience, githubClaims, githubPool, now } = fixture;
const claims = { ...githubClaims, aud: `https:${githubAudience}` };
const seconds = now.getTime() / 1000;
const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const token = (body: unknown, head: unknown = { alg: "RS256", kid: "k" }) => `${part(head)}.${part(body)}.c2ln`;
const timed = { ...claims, iat: seconds - 60, exp: seconds + 300 };
const explain = (read: ReadCredential, options = {}, changes: fixture.Changes = {}) =>
  explainAccess(fixture.companyModel(changes), read, { now, ...options });

describe("an admitted token", () => {
  const explanation = explain(readToken(token(timed), now));

  it("comes with the provider, the attributes, the principals and which of them are bound", () => {
    expect(explanation).toMatchObject({ admitted: true, faults: [], unreadable: [] });
    const [identity] = explanation.identities;
    expect(identity?.provider).toBe(`${githubPool}/providers/actions`);
    expect(identity?.identity.attributes).toEqual({ repository_id: "712345678", ref: "refs/heads/main" });
    expect(identity?.principals.filter(({ bound }) => bound)).toEqual([
      { principal: `principalSet://iam.googleapis.com/${githubPool}/attribute.repository_id/712345678`, bound: true },
    ]);
    expect(identity?.reach.accounts).toEqual([
      expect.objectContaining({ email: deployer, through: [], tokens: ["access token", "ID token"] }),
    ]);
  });

  it("becomes the account that is asked for, or not and why", () => {
    const about = (account: string) => explain(readToken(token(timed), now), { account }).identities[0]?.account;
    expect(about(deployer)).toMatchObject({ becomes: true });
    expect(about("x@y.iam.gserviceaccount.com")).toMatchObject({
      becomes: false,
      explanation: expect.stringContaining("There is no service account"),
    });
  });
});

describe("a refused token", () => {
  it("is told by the part of the condition, with the kind of value and never the value", () => {
    const explanation = explain(readClaims(JSON.stringify({ ...claims, ref: "refs/pull/7/merge" }), now));
    expect(explanation).toMatchObject({
      admitted: false,
      answers: [
        {
          refusedBy: "assertion.ref == 'refs/heads/main'",
          claims: [{ claim: "ref", valueClass: "a pull request" }],
          error: {
            error: "unauthorized_client",
            errorDescription: "The given credential is rejected by the attribute condition.",
          },
        },
      ],
    });
    expect(JSON.stringify(explanation)).not.toContain("refs/pull/7");
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a number in place of a text", { repository_id: 712345678 }, "the same, but a number where a text is compared"],
    ["another case", { ref: "refs/heads/Main" }, "the same but for upper and lower case"],
    ["a space", { ref: "refs/heads/main " }, "the same but for spaces around it"],
    ["a longer text", { ref: "refs/heads/main2" }, "longer: it begins with what is compared"],
    ["a shorter text", { ref: "refs/heads" }, "shorter: what is compared begins with it"],
  ])("is told how it misses: %s", (_, change, nearMiss) => {
    const [answer] = explain(readClaims(JSON.stringify({ ...claims, ...change }), now), {}, mapped).answers;
    expect(answer).toMatchObject({ claims: [expect.objectContaining({ nearMiss })] });
  });
  const mapped = {
    "google_iam_workload_identity_pool_provider.github": { attribute_mapping: { "google.subject": "assertion.sub" } },
  };

  it("keeps Google's words, with names in place of the issuer and the audience", () => {
    const wrong = explain(readClaims(JSON.stringify({ ...claims, aud: "https://secret.example" }), now));
    expect(wrong.answers[0]).toMatchObject({
      error: { errorDescription: "The audience in ID Token [<its aud>] does not match the expected audience." },
    });
    expect(JSON.stringify(wrong)).not.toContain("secret.example");
    const other = explain(readClaims(JSON.stringify({ ...claims, iss: "https://secret.example" }), now));
    expect(other.nobodyAsked).toMatchObject({
      error: { errorDescription: "The issuer in ID Token <its iss> does not match the expected one." },
    });
    expect(JSON.stringify(other)).not.toContain("secret.example");
  });

  it.each<[string, string]>([
    ["https://sts.windows.net/tenant/", "it is a version 1.0 token of Entra, and the provider takes version 2.0"],
    ["https://login.microsoftonline.com/other/v2.0", "of another tenant of Entra"],
    ["https://login.microsoftonline.com/common/v2.0", "names no tenant"],
    ["HTTPS://TOKEN.actions.githubusercontent.com", "in upper and lower case"],
    ["http://token.actions.githubusercontent.com", "by its scheme"],
  ])("of a confused issuer is told what was confused: %s", (iss, note) => {
    expect(explain(readClaims(JSON.stringify({ ...claims, iss }), now)).nobodyAsked?.explanation).toContain(note);
  });

  it("never shows a value that its claims hold", () => {
    const value = fc.string({ minLength: 12, maxLength: 40, unit: fc.constantFrom(..."ABCDEFGHJKLMNPQRSTUVWXYZ") });
    fc.assert(
      fc.property(value, value, value, (sub, ref, id) => {
        const explanation = explain(
          readClaims(JSON.stringify({ ...claims, sub, ref, repository_id: id, extra: { sub } }), now),
        );
        const text = JSON.stringify(explanation);
        for (const secret of [sub, ref, id]) if (text.includes(secret)) throw new Error(`${secret} is shown`);
        return explanation.admitted === false;
      }),
      { numRuns: 30 },
    );
  });
});

describe("what is no token", () => {
  it.each<[string, string]>([
    ["", "it is empty"],
    ["   \n", "it is empty"],
    ["abc", "it has 1 part where a JWT has 3"],
    ["a.b.c.d.e", "it is encrypted (JWE)"],
    ["a.b", "it has 2 parts"],
    ["a.b.", "not base64url"],
    ["e30.e30.x=", "not base64url"],
    [`${part("{}")}.${part("[]")}.x`, "not a JSON object"],
    [`${part("{}")}.${part(Buffer.from([0xff, 0xfe]).toString("latin1"))}.x`, "not a JSON object"],
    [`${part("{")}.${part({})}.x`, "not a JSON object"],
    [token({}), "its claim iss is missing"],
    [token({ iss: "i" }), "its claim aud is missing"],
    [token({ iss: 7, aud: "a" }), "its claim iss is missing or of the wrong kind"],
    [token({ iss: "i", aud: [] }), "its claim aud"],
    ["ya29.a0Af", "an access token of Google"],
    ["ghs_abcdef", "an access token of GitHub"],
    ["glpat-x", "an access token of GitLab"],
    ["-----BEGIN RSA PRIVATE KEY-----", "a private key"],
    ["-----BEGIN CERTIFICATE-----", "give it as --certificate"],
    ['<?xml version="1.0"?>', "SAML"],
    ['{"error":"denied"}', "JSON without access_token"],
    ['{"access_token":"{\\"access_token\\":\\"x\\"}"}', "it holds no token"],
    ["x".repeat(70_000), "longer than 65536"],
  ])("is refused with a reason: %j", (text, problem) => {
    const read = readToken(text, now);
    expect(read).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
    expect(explain(read)).toMatchObject({ admitted: false, nobodyAsked: { error: { error: "invalid_request" } } });
  });

  it("is found in the answer that it came in", () => {
    for (const name of ["access_token", "id_token", "value"])
      expect(readToken(JSON.stringify({ [name]: token(timed) }), now)).toMatchObject({ ok: true, faults: [] });
    expect(readToken(`\uFEFFBearer ${token(timed)}\n`, now)).toMatchObject({ ok: true });
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 400 }),
        (text) => typeof readToken(text, now).ok === "boolean" && typeof readClaims(text, now).ok === "boolean",
      ),
      { numRuns: 200 },
    );
  });
});

describe("faults of the token itself", () => {
  it.each<[string, unknown, unknown, string]>([
    ["ended", { ...timed, exp: seconds - 61 }, undefined, "the token ended 61 seconds ago"],
    ["not begun", { ...timed, iat: seconds + 90 }, undefined, "this clock or its issuer's is wrong"],
    ["not begun by nbf", { ...timed, nbf: seconds + 90 }, undefined, "this clock"],
    ["without times", claims, undefined, "no iat or no exp"],
    ["unsigned", timed, { alg: "none" }, "signed with none"],
    ["signed with a shared secret", timed, { alg: "HS256", kid: "k" }, "signed with HS256"],
    ["without a key id", timed, { alg: "ES256" }, "no kid"],
    ["without an algorithm", timed, { typ: "JWT" }, "no alg"],
  ])("refuse it whoever is asked: %s", (_, body, head, reason) => {
    const explanation = explain(readToken(token(body, head), now));
    expect(explanation).toMatchObject({ admitted: false, faults: [{ explanation: expect.stringContaining(reason) }] });
  });

  it("leave a minute for clocks", () => {
    expect(readToken(token({ ...timed, exp: seconds - 59 }), now)).toMatchObject({ faults: [] });
    expect(readToken(token({ ...timed, iat: seconds + 59 }), now)).toMatchObject({ faults: [] });
  });
});

describe("reach", () => {
  const resources = (count: number, next: (index: number) => number): Resource[] =>
    Array.from({ length: count }, (_, index) => [
      fixture.resource(`google_service_account.a${index}`, {
        email: `a${index}@p.iam.gserviceaccount.com`,
        project: "p",
      }),
      fixture.resource(`google_service_account_iam_member.m${index}`, {
        service_account_id: `a${next(index)}@p.iam.gserviceaccount.com`,
        role: "roles/iam.serviceAccountTokenCreator",
        member: `serviceAccount:a${index}@p.iam.gserviceaccount.com`,
      }),
    ]).flat();
  const start = { kind: "service-account", email: "a0@p.iam.gserviceaccount.com" } as const;

  it("follows accounts to the end of a chain, with the way to each", () => {
    const { accounts } = withinReach(buildAccessModel(resources(20, (index) => index + 1)), start, now);
    expect(accounts).toHaveLength(19);
    expect(accounts.at(-1)?.through).toHaveLength(18);
  });

  it("ends in a circle, each account once", () => {
    const { accounts } = withinReach(buildAccessModel(resources(5, (index) => (index + 1) % 5)), start, now);
    expect(accounts.map(({ email }) => email.slice(0, 2))).toEqual(["a1", "a2", "a3", "a4", "a0"]);
  });

  it("is bounded where everybody becomes everybody", () => {
    const many = resources(300, (index) => index);
    const all = fixture.resource("google_project_iam_member.all", {
      project: "p",
      role: "roles/iam.serviceAccountTokenCreator",
      member: "allAuthenticatedUsers",
    });
    const { accounts } = withinReach(buildAccessModel([...many, all]), start, now);
    expect(accounts).toHaveLength(300);
  });

  it("is cut where it goes on and on, and says so", () => {
    const long = withinReach(buildAccessModel(resources(accountLimit + 50, (index) => index + 1)), start, now);
    expect(long.accounts).toHaveLength(accountLimit);
    expect(long.complete).toBe(false);
    expect(withinReach(buildAccessModel(resources(5, (index) => index + 1)), start, now).complete).toBe(true);
  });

  it("goes no further by an ID token", () => {
    const weak = resources(3, (index) => index + 1).map((one) =>
      one.address.endsWith(".m0")
        ? { ...one, values: { ...one.values, role: "roles/iam.serviceAccountOpenIdTokenCreator" } }
        : one,
    );
    const { accounts } = withinReach(buildAccessModel(weak), start, now);
    expect(accounts.map(({ tokens }) => tokens)).toEqual([["ID token"]]);
  });

  it("says what a role may not count for", () => {
    const conditional = fixture.companyModel({
      "google_service_account_iam_member.become": {
        condition: [{ title: "t", expression: "request.time < timestamp('2020-01-01T00:00:00Z')" }],
      },
      "google_project_iam_member.odd": {
        project: "ailab-dev",
        role: "roles/odd.role",
        member: `principalSet://iam.googleapis.com/${githubPool}/*`,
      },
    });
    const { roles, accounts, almost } = withinReach(conditional, fixture.githubIdentity, now);
    expect(accounts).toEqual([]);
    expect(almost).toEqual([{ email: deployer, explanation: expect.stringContaining("condition is not true") }]);
    expect(roles.map(({ doubt }) => doubt)).toEqual([
      expect.stringContaining("condition is not true"),
      "the permissions of roles/odd.role are not known here",
    ]);
  });
});

describe("deny policies", () => {
  it("stand beside the roles that they take something from, also from above", () => {
    const parent = "cloudresourcemanager.googleapis.com%2Forganizations%2F9";
    const rule = {
      denied_principals: ["principalSet://goog/public:all"],
      denied_permissions: ["bigquery.googleapis.com/tables.getData"],
    };
    const model = fixture.companyModel({
      "google_project.p": { project_id: "ailab-dev", number: "710", org_id: "9" },
      "google_iam_deny_policy.d": { parent, rules: [{ deny_rule: [rule] }] },
      "google_bigquery_dataset_iam_member.d": {
        project: "ailab-dev",
        dataset_id: "d",
        role: "roles/bigquery.dataViewer",
        member: `principalSet://iam.googleapis.com/${githubPool}/*`,
      },
    });
    const doubts = withinReach(model, fixture.githubIdentity, now).roles.map(({ role, doubt }) => [role, doubt]);
    expect(doubts).toContainEqual(["roles/bigquery.dataViewer", "a deny policy takes bigquery.tables.getData away"]);
    expect(doubts).toContainEqual(["roles/iam.workloadIdentityUser", undefined]);
  });
});

describe("other credentials", () => {
  it("of AWS are admitted by account, and refused without repeating it", () => {
    const aws = (account: string) =>
      explain(
        readClaims(JSON.stringify({ arn: `arn:aws:sts::${account}:assumed-role/r/s`, account, userid: "u" }), now),
      );
    expect(aws("210987654321").admitted).toBe(true);
    const refused = aws("999999999999");
    expect(refused.admitted).toBe(false);
    expect(JSON.stringify(refused)).not.toContain("999999999999");
  });

  it("of SAML are named as not evaluated", () => {
    const saml: fixture.Changes = {
      "google_iam_workload_identity_pool_provider.github": { oidc: undefined, saml: [{ idp_metadata_xml: "<x/>" }] },
    };
    const explanation = explain(readClaims(JSON.stringify(claims), now), {}, saml);
    expect(explanation.notEvaluated).toEqual([`${githubPool}/providers/actions`]);
    expect(explanation.admitted).toBe(false);
  });
});
