import { tokenExchangeErrors } from "../../facts/token-exchange";
import { unknownValue } from "../terraform/unknown-value";
import { evaluateExchange } from "./exchange";
import {
  awsAudience,
  type Changes,
  companyModel,
  githubAudience,
  githubClaims,
  githubCredential,
  githubIdentity,
  githubPool,
  personCredential,
  workforceAudience,
  workforcePool,
} from "./fixture";

const githubProvider = "google_iam_workload_identity_pool_provider.github";
const peopleProvider = "google_iam_workforce_pool_provider.people";
const exchange = (changes: Changes = {}, credential = githubCredential(), audience = githubAudience) =>
  evaluateExchange(companyModel(changes), audience, credential);
const refusal = (error: unknown) => expect.objectContaining({ admitted: false, error });

describe("admission", () => {
  it("makes the identity that the mapping says", () => {
    expect(exchange()).toEqual({
      admitted: true,
      identity: githubIdentity,
      explanation: `Provider ${githubProvider} admits the credential: its condition is true.`,
    });
  });

  it("makes a person with groups, e-mail and name", () => {
    expect(exchange({}, personCredential(), workforceAudience)).toMatchObject({
      admitted: true,
      identity: {
        pool: workforcePool,
        subject: "person",
        groups: ["staff", "desk"],
        email: "p@ailab.com",
        displayName: "P",
        attributes: {},
      },
    });
  });

  it("maps an AWS role without its session, where the provider states no mapping", () => {
    const claims = {
      account: "210987654321",
      userid: "x",
      arn: "arn:aws:sts::210987654321:assumed-role/collector/session-1",
    };
    expect(evaluateExchange(companyModel(), awsAudience, { kind: "aws", claims })).toMatchObject({
      admitted: true,
      identity: { subject: claims.arn, attributes: { aws_role: "arn:aws:sts::210987654321:assumed-role/collector" } },
      explanation: expect.stringContaining("admits every credential of its issuer"),
    });
  });
});

describe("audience parameter", () => {
  it.each([
    `https:${githubAudience}`,
    `//iam.googleapis.com/${githubPool}`,
    `//iam.googleapis.com/${workforcePool}`,
    "//iam.googleapis.com/projects/ailab-dev/locations/global/workloadIdentityPools/github-01/providers/actions",
    `${githubAudience}/`,
    ` ${githubAudience}`,
    `${githubAudience}\n`,
    "",
  ])("has to be the full name of a provider: %j", (audience) => {
    expect(exchange({}, githubCredential(), audience)).toEqual(refusal(tokenExchangeErrors.invalidAudience()));
  });

  it("has to name a provider that exists", () => {
    const audiences = [
      githubAudience.replace("actions", "other"),
      githubAudience.replace("github-01", "github-02"),
      githubAudience.replace("710", "711"),
    ];
    for (const audience of audiences) {
      expect(exchange({}, githubCredential(), audience)).toEqual(refusal(tokenExchangeErrors.invalidTarget()));
    }
  });

  const pool = "google_iam_workload_identity_pool.github";
  it.each<[string, Changes]>([
    ["a disabled provider", { [githubProvider]: { disabled: true } }],
    ["a disabled pool", { [pool]: { disabled: true } }],
    ["a pool disabled by the word", { [pool]: { disabled: "true" } }],
    ["a deleted provider", { [githubProvider]: { state: "DELETED" } }],
    ["a deleted pool", { [pool]: { state: "DELETED" } }],
    ["a missing pool", { [pool]: undefined }],
    [
      "a provider of which it is not known whether it is disabled",
      { [githubProvider]: { disabled: unknownValue("x") } },
    ],
    ["a provider whose name is not known", { [githubProvider]: { name: unknownValue("x") } }],
  ])("is refused for %s", (_, changes) => {
    expect(exchange(changes)).toEqual(refusal(tokenExchangeErrors.invalidTarget()));
  });
});

describe("issuer and audience of the token", () => {
  it("takes an issuer with and without a trailing slash for the same, on both sides", () => {
    const issuer = `${githubClaims.iss}/`;
    expect(
      exchange({}, { ...githubCredential(), kind: "oidc", issuer, audiences: [githubAudience], claims: githubClaims })
        .admitted,
    ).toBe(true);
    expect(exchange({ [githubProvider]: { oidc: { issuer_uri: issuer } } }).admitted).toBe(true);
  });

  it.each([
    "https://token.actions.githubusercontent.com//",
    "https://TOKEN.actions.githubusercontent.com",
    "https://evil.example",
    "",
  ])("refuses issuer %j", (issuer) => {
    const decision = exchange({}, { kind: "oidc", issuer, audiences: [githubAudience], claims: githubClaims });
    expect(decision).toEqual(refusal(tokenExchangeErrors.issuerMismatch(issuer)));
  });

  it("accepts the provider's own URL with and without https:, where no audience is listed", () => {
    for (const aud of [githubAudience, `https:${githubAudience}`])
      expect(exchange({}, githubCredential({}, aud)).admitted).toBe(true);
    for (const aud of [`http:${githubAudience}`, "api://other", `${githubAudience}/x`, ""]) {
      expect(exchange({}, githubCredential({}, aud))).toEqual(refusal(tokenExchangeErrors.audienceMismatch(aud)));
    }
  });

  it("accepts listed audiences only, where some are listed", () => {
    const changes = {
      [githubProvider]: { oidc: [{ issuer_uri: githubClaims.iss, allowed_audiences: ["keyless", "other"] }] },
    };
    expect(exchange(changes, githubCredential({}, "keyless")).admitted).toBe(true);
    expect(exchange(changes, githubCredential())).toEqual(
      refusal(tokenExchangeErrors.audienceMismatch(`https:${githubAudience}`)),
    );
  });

  it("accepts a workforce token for the client id alone", () => {
    const credential = (...audiences: string[]) => ({
      ...personCredential(),
      kind: "oidc" as const,
      issuer: "https://login.microsoftonline.com/tenant/v2.0",
      audiences,
    });
    expect(exchange({}, credential("client"), workforceAudience).admitted).toBe(true);
    expect(exchange({}, credential(workforceAudience), workforceAudience)).toEqual(
      refusal(tokenExchangeErrors.audienceMismatch(workforceAudience)),
    );
    expect(exchange({}, credential(), workforceAudience)).toEqual(refusal(tokenExchangeErrors.audienceMismatch("")));
  });

  it("keeps AWS and OpenID Connect credentials apart, and AWS accounts", () => {
    const claims = { account: "111111111111", userid: "x", arn: "arn:aws:iam::111111111111:user/x" };
    expect(exchange({}, { kind: "aws", claims })).toEqual(refusal(tokenExchangeErrors.unparsable()));
    expect(exchange({}, githubCredential(), awsAudience)).toEqual(refusal(tokenExchangeErrors.badAwsRequest()));
    expect(exchange({}, { kind: "aws", claims }, awsAudience)).toEqual(refusal(tokenExchangeErrors.badAwsRequest()));
  });
});

describe("mapping", () => {
  const mapped = (mapping: Record<string, string>, claims: Record<string, unknown> = {}) =>
    exchange(
      { [githubProvider]: { attribute_mapping: mapping, attribute_condition: undefined } },
      githubCredential(claims),
    );

  it("counts google.subject in bytes of UTF-8: 127 pass, 128 do not", () => {
    expect(mapped({ "google.subject": "assertion.sub" }, { sub: `${"é".repeat(63)}x` }).admitted).toBe(true);
    expect(mapped({ "google.subject": "assertion.sub" }, { sub: "é".repeat(64) })).toEqual(
      refusal(tokenExchangeErrors.subjectTooLong()),
    );
  });

  it.each<[string, Record<string, unknown>]>([
    ["is missing", { sub: undefined }],
    ["is empty", { sub: "" }],
  ])("has no value for google.subject where the claim %s", (_, claims) => {
    const present = Object.fromEntries(
      Object.entries({ ...githubClaims, ...claims }).filter(([, value]) => value !== undefined),
    );
    const credential = {
      kind: "oidc" as const,
      issuer: githubClaims.iss,
      audiences: [githubAudience],
      claims: present,
    };
    expect(exchange({}, credential)).toEqual(refusal(tokenExchangeErrors.noValue("google.subject")));
  });

  it("refuses where extract() finds nothing, instead of making all such credentials one principal", () => {
    expect(mapped({ "google.subject": "assertion.sub.extract('environment:{e}')" })).toEqual(
      refusal(tokenExchangeErrors.noValue("google.subject")),
    );
  });

  it.each<[string, unknown]>([
    ["a number", 7],
    ["a truth value", true],
    ["null", null],
    ["a list", ["a"]],
    ["an object", { a: "b" }],
  ])("refuses %s where a text is asked for", (_, value) => {
    expect(mapped({ "google.subject": "assertion.sub" }, { sub: value })).toEqual(
      refusal(tokenExchangeErrors.attributeNotString("google.subject")),
    );
    expect(mapped({ "google.subject": "'s'", "attribute.x": "assertion.x" }, { x: value })).toEqual(
      refusal(tokenExchangeErrors.attributeNotString("attribute.x")),
    );
  });

  it("has no value for a custom attribute whose claim is missing", () => {
    expect(mapped({ "google.subject": "'s'", "attribute.actor": "assertion.actor" })).toEqual(
      refusal(tokenExchangeErrors.noValue("attribute.actor")),
    );
  });

  it("looks values up in a map literal", () => {
    const mapping = { "google.subject": '{"712345678": "data"}[assertion.repository_id]' };
    expect(mapped(mapping)).toMatchObject({ identity: { subject: "data" } });
    expect(mapped(mapping, { repository_id: "1" })).toEqual(refusal(tokenExchangeErrors.noValue("google.subject")));
  });

  it("takes 400 groups, not 401, and only a list of texts", () => {
    const groups = (value: unknown) =>
      mapped({ "google.subject": "'s'", "google.groups": "assertion.groups" }, { groups: value });
    expect(groups(Array(400).fill("g")).admitted).toBe(true);
    expect(groups(Array(401).fill("g"))).toEqual(refusal(tokenExchangeErrors.tooManyGroups("401")));
    for (const value of ["staff", ["a", 1], { a: "b" }])
      expect(groups(value)).toEqual(refusal(tokenExchangeErrors.attributeNotString("google.groups")));
  });

  it("takes 8 KiB of mapped values for workloads, 16 KiB for people", () => {
    const mapping = { "google.subject": "'s'", "attribute.x": "assertion.x" };
    expect(mapped(mapping, { x: "x".repeat(8191) }).admitted).toBe(true);
    expect(mapped(mapping, { x: "x".repeat(8192) })).toEqual(refusal(tokenExchangeErrors.mappedTooLarge("8192")));
    const people = (length: number) =>
      exchange(
        { [peopleProvider]: { attribute_mapping: mapping, attribute_condition: undefined } },
        personCredential({ x: "x".repeat(length) }),
        workforceAudience,
      );
    expect(people(16_383).admitted).toBe(true);
    expect(people(16_384)).toEqual(refusal(tokenExchangeErrors.mappedTooLarge("16384")));
  });

  const customs = (count: number) =>
    Object.fromEntries([
      ["google.subject", "'s'"],
      ...Array.from({ length: count }, (_, index) => [`attribute.a${index}`, "'v'"]),
    ]);
  it.each<[string, Record<string, string>, boolean]>([
    ["50 custom attributes", customs(50), true],
    ["51 custom attributes", customs(51), false],
    ["a key of 100 characters", { "google.subject": "'s'", [`attribute.${"k".repeat(100)}`]: "'v'" }, true],
    ["a key of 101 characters", { "google.subject": "'s'", [`attribute.${"k".repeat(101)}`]: "'v'" }, false],
    ["a key with capitals", { "google.subject": "'s'", "attribute.Ref": "'v'" }, false],
    ["a key that is no attribute", { "google.subject": "'s'", ref: "'v'" }, false],
    ["google.email in a workload pool", { "google.subject": "'s'", "google.email": "'v'" }, false],
    ["no google.subject", { "attribute.x": "'v'" }, false],
    ["no mapping at all", {}, false],
    ["an expression of 2048 characters", { "google.subject": `'s'${" ".repeat(2045)}` }, true],
    ["an expression of 2049 characters", { "google.subject": `'s'${" ".repeat(2046)}` }, false],
    ["an expression that does not parse", { "google.subject": "assertion." }, false],
    ["an expression on google.*", { "google.subject": "google.subject" }, false],
    ["a function that Google lacks", { "google.subject": "assertion.sub.replace('a', 'b')" }, false],
  ])("is what Google admits or the provider does not exist: %s", (_, mapping, admitted) => {
    const decision = mapped(mapping);
    expect(decision.admitted).toBe(admitted);
    if (!admitted) expect(decision).toEqual(refusal(tokenExchangeErrors.invalidTarget()));
  });
});

describe("condition", () => {
  const asked = (attribute_condition: string, claims: Record<string, unknown> = {}) =>
    exchange({ [githubProvider]: { attribute_condition } }, githubCredential(claims));
  const rejected = refusal(tokenExchangeErrors.conditionRejected());

  it.each([
    "assertion.missing == 'x'",
    "assertion.ref",
    "'true'",
    "1",
    "[true]",
    "assertion",
    "{'a': true}",
    "assertion.ref.extract('no template') == ''",
    "!(assertion.missing == 'x')",
    "assertion.missing != 'x'",
    "assertion.missing == 'x' || assertion.other == 'y'",
    "assertion.ref > 1",
    "asertion.ref == 'x'",
    "true &&",
    "google.email == 'x'",
    "attribute.actor == 'x'",
    "'admins' in google.groups",
    "assertion.repository_id == 712345678",
  ])("rejects %s: only true admits, neither errors nor other values do", (condition) => {
    expect(asked(condition)).toEqual(rejected);
  });

  it("sees claims and mapped attributes", () => {
    expect(
      asked("google.subject == assertion.sub && attribute.ref == assertion.ref && !has(google.groups)").admitted,
    ).toBe(true);
  });

  it("takes 4096 characters, not 4097", () => {
    expect(asked("true".padEnd(4096)).admitted).toBe(true);
    expect(asked("true".padEnd(4097))).toEqual(rejected);
  });

  it("names the smallest conjunct that is not true, as written, with a public claim's value", () => {
    const condition =
      "(assertion.repository_id == '712345678' && (assertion.ref_type == 'branch' && assertion.ref  == 'refs/heads/main'))";
    expect(asked(condition, { ref: "refs/pull/7/merge" })).toEqual({
      admitted: false,
      error: tokenExchangeErrors.conditionRejected(),
      refusedBy: "assertion.ref  == 'refs/heads/main'",
      explanation: `${githubProvider}: The condition asks for assertion.ref == 'refs/heads/main', and its ref is "refs/pull/7/merge".`,
    });
  });

  it("names a whole alternative, of which no part is true", () => {
    expect(asked("assertion.ref_type == 'branch' && (assertion.ref == 'a' || assertion.ref == 'b')")).toMatchObject({
      refusedBy: "(assertion.ref == 'a' || assertion.ref == 'b')",
    });
  });

  it("says which claim is missing", () => {
    expect(asked("assertion.environment == 'production'")).toMatchObject({
      refusedBy: "assertion.environment == 'production'",
      explanation: expect.stringContaining("the credential has no claim environment"),
    });
  });

  it("reveals no claim that tells who someone is", () => {
    const decision = asked("assertion.email == 'boss@ailab.com' && true", {
      email: "secret@ailab.com",
      sub: "hidden-subject",
    });
    expect(decision).toEqual(rejected);
    expect(JSON.stringify(decision)).not.toMatch(/secret@ailab|hidden-subject/);
  });

  it("is refused as unknown where it is not known: the provider cannot be read", () => {
    expect(exchange({ [githubProvider]: { attribute_condition: unknownValue("x") } })).toEqual(
      refusal(tokenExchangeErrors.invalidTarget()),
    );
  });
});

describe("hostile claims", () => {
  it("does not let claims named after prototypes pass for others", () => {
    const claims = JSON.parse(
      '{"__proto__": {"ref": "refs/heads/main"}, "constructor": {"name": "Map"}, "hasOwnProperty": "x", "ref": "refs/heads/evil"}',
    );
    expect(exchange({}, githubCredential(claims))).toMatchObject({
      admitted: false,
      refusedBy: "assertion.ref == 'refs/heads/main'",
    });
    const inherited = Object.create({ ...githubClaims });
    expect(
      exchange({}, { kind: "oidc", issuer: githubClaims.iss, audiences: [githubAudience], claims: inherited }),
    ).toMatchObject({ admitted: false });
  });

  it("refuses claims that are too many, too long or too deep in the words for a token that cannot be parsed", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level += 1) deep = [deep];
    for (const x of [Array(5000).fill("a"), "x".repeat(300_000), deep]) {
      expect(exchange({}, githubCredential({ x }))).toEqual(refusal(tokenExchangeErrors.unparsable()));
    }
  });

  it("cannot make its attribute look like another attribute's principal", () => {
    const decision = exchange({}, githubCredential({ sub: "x/attribute.repository_id/712345678" }));
    expect(decision).toMatchObject({ admitted: true, identity: { subject: "x/attribute.repository_id/712345678" } });
  });
});
