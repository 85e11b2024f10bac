import fc from "fast-check";
import { PropertyError } from "./property-error";
import { exampleJwks, type IssuerName, issuerNames, propsOf, providerOf } from "./testing/example-issuers";
import { hostileValues } from "./testing/hostile-values";

const condition = (name: IssuerName, change = {}) => providerOf(name, change).provider.attribute_condition;
const refusal = (name: IssuerName, change: object) => {
  try {
    providerOf(name, { ...change });
  } catch (error) {
    if (error instanceof PropertyError) return error.message;
    throw error;
  }
  return "accepted";
};

describe("each issuer", () => {
  it.each(issuerNames)("%s has a pool with one provider, whose condition people can read", (name) => {
    const { provider } = providerOf(name);
    expect(provider.attribute_condition).toMatch(/assertion\b/);
    expect(provider.attribute_mapping["google.subject"]).toBeDefined();
    expect(provider.description).toMatch(/^Admits when /);
    expect([...provider.description].length).toBeLessThanOrEqual(256);
  });

  it.each(issuerNames)("%s is cut off by one property: the pool is disabled, not the provider (trap 15)", (name) => {
    const { pool, provider } = providerOf(name, { killSwitch: true });
    expect(pool.disabled).toBe(true);
    expect(provider["disabled"]).toBeUndefined();
    expect(providerOf(name).pool.disabled).toBeUndefined();
  });

  it.each(issuerNames)("%s never reads sub where names stand in it, nor an e-mail or another name (trap 4)", (name) => {
    const { attribute_condition: text, attribute_mapping: mapping } = providerOf(name).provider;
    const read = [text, ...Object.values(mapping)].join(" ");
    expect(read).not.toMatch(
      /assertion\.(repository|repository_owner|project_path|namespace_path|email|upn|preferred_username|terraform_\w+_name)\b/,
    );
    if (["github actions", "gitlab", "hcp terraform"].includes(name)) expect(read).not.toMatch(/assertion\.sub\b/);
  });

  it.each<[IssuerName, object, RegExp]>([
    ["github actions", { branches: "main" }, /branches is "main"; expected a list/],
    ["github actions", { events: ["push", "pull_request_target"] }, /events is "pull_request_target"; expected one of/],
    ["github actions", { repositoryId: 712345678 }, /repositoryId is 712345678; expected a numeric id/],
    ["gitlab", { branches: "all" }, /branches is "all"; expected a list/],
    ["google workspace", { people: "1" }, /people is "1"; expected a list/],
  ])("%s takes nothing of another type, as synthesis runs without a type check: %j", (name, change, message) => {
    expect(refusal(name, change)).toMatch(message);
  });

  const texts = issuerNames.flatMap((name) => textsIn(propsOf(name)).map((path) => [name, path] as const));

  it.each(texts)(
    "%s takes no text in %s that changes its condition, or says which text it is (property)",
    (name, path) => {
      const shape = (text: string) => text.replace(/'[^']*'/g, "'…'");
      const expected = shape(condition(name));
      const hostile = fc.oneof(fc.constantFrom(...hostileValues), fc.string({ unit: "binary", maxLength: 300 }));
      fc.assert(
        fc.property(hostile, (value) => {
          try {
            const { provider } = providerOf(name, withText(propsOf(name), path, value));
            expect(shape(provider.attribute_condition)).toBe(expected);
            expect(
              JSON.stringify(provider).replace(/\$\{google_iam_workload_identity_pool\.[\w.-]+\}/g, ""),
            ).not.toMatch(/[$%]\{/);
          } catch (error) {
            if (!(error instanceof PropertyError)) throw error;
            expect(error.constructPath).toMatch(/^dev\/issuer/);
            expect(error.property).not.toBe("");
            expect(error.rule).not.toBe("");
          }
        }),
        { numRuns: 25, examples: hostileValues.map((value): [string] => [value]) },
      );
    },
  );
});

describe("Entra", () => {
  it("pins tenant, client, service principal and role, and version 2.0 with its audience (trap 11, trap 13)", () => {
    const { provider } = providerOf("entra application");
    expect(provider.attribute_condition).toMatch(
      /^assertion\.tid == '.{36}' && assertion\.azp == '.{36}' && assertion\.oid == '.{36}' && 'Gcp\.Federate' in assertion\.roles && assertion\.azpacr == '2' && assertion\.ver == '2\.0'$/,
    );
    expect(provider.oidc?.issuer_uri).toMatch(/\/v2\.0$/);
    expect(provider.oidc?.allowed_audiences).toEqual([propsOf("entra application")["resourceClientId"]]);
  });

  it("takes the service principal's object id as subject (trap 14), and no App ID URI for an audience (trap 12)", () => {
    expect(providerOf("entra managed identity").provider.attribute_mapping["google.subject"]).toBe("assertion.oid");
    const change = { resourceClientId: "https://iam.googleapis.com/projects/1" };
    expect(refusal("entra application", change)).toContain("dev/issuer: resourceClientId is");
  });

  it("has pools of their own for applications and for managed identities", () => {
    const ids = (["entra application", "entra managed identity"] as const).map(
      (name) => providerOf(name).pool["workload_identity_pool_id"],
    );
    expect(ids).toEqual(["entra-dev-01", "entra-mi-dev-01"]);
  });
});

describe("GitHub Actions", () => {
  it("pins the deployment environment and a reusable workflow beside the ids", () => {
    expect(condition("github actions")).toBe(
      "assertion.repository_id == '712345678' && assertion.repository_owner_id == '58213377' && " +
        "((assertion.ref_type == 'branch' && assertion.ref == 'refs/heads/main') || " +
        "(assertion.ref_type == 'tag' && assertion.ref.startsWith('refs/tags/v'))) && " +
        "assertion.event_name in ['push', 'workflow_dispatch', 'schedule'] && assertion.environment == 'production' && " +
        "assertion.job_workflow_ref == 'ailab/workflows/.github/workflows/deploy.yml@refs/tags/v1'",
    );
  });

  it("pins the commit of a workflow where one is named", () => {
    const ref = "0123456789abcdef0123456789abcdef01234567";
    const workflow = { repositoryName: "ailab/workflows", file: ".github/workflows/deploy.yml", ref };
    expect(condition("github actions", { workflow })).toContain(`assertion.job_workflow_sha == '${ref}'`);
  });

  it.each([
    ["workflow.ref", { workflow: { repositoryName: "a/b", file: ".github/workflows/x.yml", ref: "main" } }],
    ["workflow.file", { workflow: { repositoryName: "a/b", file: "x.yml", ref: "refs/heads/main" } }],
    ["events", { events: [] }],
    ["branches", { branches: ["refs/heads/main"] }],
    ["branches", { branches: ["a..b"] }],
    ["ownerId", { ownerId: "ailab" }],
  ])("refuses a wrong %s: %j", (property, change) => {
    expect(refusal("github actions", change)).toMatch(new RegExp(`^dev/issuer: ${property} is`));
  });
});

describe("GitLab", () => {
  it("admits protected branches of one project only, and no merge request", () => {
    expect(condition("gitlab", { branches: "protected", deploymentEnvironment: undefined })).toBe(
      "assertion.namespace_id == '11' && assertion.project_id == '22' && assertion.ref_type == 'branch' && " +
        "assertion.ref_protected == 'true' && assertion.pipeline_source in ['push', 'web', 'schedule', 'api']",
    );
    expect(condition("gitlab")).toContain(
      "assertion.environment == 'prod/eu' && assertion.environment_protected == 'true'",
    );
  });

  it("is gitlab.com's unless a host is named", () => {
    expect(providerOf("gitlab", { host: undefined }).provider.oidc?.issuer_uri).toBe("https://gitlab.com");
    expect(providerOf("gitlab").provider.oidc?.issuer_uri).toBe("https://gitlab.ailab.com");
  });
});

describe("Google's own issuer", () => {
  it("is pinned by numeric subjects (trap 17)", () => {
    expect(condition("google service accounts")).toBe("assertion.sub == '104857600123456789013'");
    expect(refusal("google service accounts", { uniqueIds: ["a@b.iam.gserviceaccount.com"] })).toContain("numeric");
    expect(refusal("google service accounts", { uniqueIds: [] })).toContain('uniqueIds is "[]"');
  });
});

describe("AWS", () => {
  it("has a subject that fits for every role and session, where the ARN would not", () => {
    expect(providerOf("aws", { roleName: "r".repeat(64) }).provider.attribute_mapping["google.subject"]).toBe(
      "assertion.userid",
    );
    expect(condition("aws")).toContain("assertion.userid.startsWith('AROAEXAMPLEROLEID1234:')");
  });
});

describe("Kubernetes", () => {
  it("refuses an account whose name is too long for google.subject", () => {
    const serviceAccounts = [{ namespace: "n".repeat(63), name: "a".repeat(42) }];
    expect(refusal("kubernetes", { serviceAccounts })).toMatch(
      /mapping\.subject .* at most 127 bytes in the worst case, it can have 128/,
    );
    expect(refusal("kubernetes", { serviceAccounts: [{ namespace: "n".repeat(63), name: "a".repeat(41) }] })).toBe(
      "accepted",
    );
  });

  it("admits each of several accounts, by UID where one is named", () => {
    const serviceAccounts = [
      { namespace: "jobs", name: "reader", uid: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a06" },
      { namespace: "jobs", name: "writer" },
    ];
    expect(condition("kubernetes", { serviceAccounts })).toBe(
      "(assertion.sub == 'system:serviceaccount:jobs:reader' && " +
        "assertion['kubernetes.io'].serviceaccount.uid == '6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a06') || " +
        "assertion.sub == 'system:serviceaccount:jobs:writer'",
    );
  });

  it("uploads public keys where the issuer cannot be reached", () => {
    const jwks = exampleJwks();
    const { provider } = providerOf("kubernetes", { jwks: JSON.stringify(jwks) });
    expect(JSON.parse(provider.oidc?.jwks_json ?? "")).toEqual({
      keys: jwks.keys.map(({ kty, n, e, kid }) => ({ kid, use: "sig", kty, alg: "RS256", n, e })),
    });
  });
});

describe("SPIFFE", () => {
  it.each(["spiffe by oidc", "spiffe by x509"] as const)(
    "%s refuses ids of another trust domain, without a path, or too long",
    (name) => {
      for (const id of [
        "spiffe://other.com/x",
        "spiffe://ailab.com",
        "spiffe://ailab.com/",
        "spiffe://ailab.com/../x",
        "spiffe://ailab.com/*",
        `spiffe://ailab.com/${"x".repeat(110)}`,
      ])
        expect(refusal(name, { spiffeIds: [id] })).toMatch(/^dev\/issuer: spiffeIds is/);
      expect(refusal(name, { spiffeIds: [] })).toContain("at least one");
    },
  );
});

describe("any issuer", () => {
  it.each<[string, object]>([
    ["http://issuer.example.com", {}],
    ["https://issuer.example.com/?a=b", {}],
    ["https://user@issuer.example.com", {}],
    ["issuer.example.com", {}],
  ])("is refused with the address %s", (issuerUri) => {
    expect(refusal("any issuer", { issuerUri })).toContain("dev/issuer: issuerUri is");
  });

  it("is refused with an audience outside Google's limits", () => {
    expect(refusal("any issuer", { allowedAudiences: Array.from({ length: 11 }, (_, i) => `a${i}`) })).toContain(
      "at most 10",
    );
    expect(refusal("any issuer", { allowedAudiences: ["x".repeat(257)] })).toContain("at most 256 characters");
  });

  it("is refused without an owner where it signs for everybody (trap 3, trap 17)", () => {
    for (const issuerUri of [
      "https://token.actions.githubusercontent.com",
      "https://gitlab.com/",
      "https://app.terraform.io",
      "https://accounts.google.com",
      "https://agent.buildkite.com",
    ])
      expect(refusal("any issuer", { issuerUri })).toContain("signs for every customer");
    for (const tenant of [
      "common/v2.0",
      "organizations/v2.0",
      "consumers/v2.0",
      "9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
    ])
      expect(refusal("any issuer", { issuerUri: `https://login.microsoftonline.com/${tenant}` })).toContain(
        "of one tenant",
      );
  });

  it("is refused where nobody says how long its subject can be", () => {
    expect(refusal("any issuer", { claimBytes: {} })).toContain("say how many bytes pipeline_id can have");
    expect(refusal("any issuer", { claimBytes: { pipeline_id: 128 } })).toContain("it can have 128");
  });
});

/** Dotted paths of all texts in bare data. */
function textsIn(value: unknown, path = ""): string[] {
  if (typeof value === "string") return [path];
  if (typeof value !== "object" || value === null || "expression" in value) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, path === "" ? key : `${path}.${key}`));
}

/** The data with another text at a path. The mapping is CEL, and the client's kind a word, both written by who writes the code. */
function withText(value: unknown, path: string, text: string): Record<string, unknown> {
  const copy = (inner: unknown, [key, ...deeper]: readonly string[]): unknown => {
    if (key === undefined) return text;
    if (Array.isArray(inner)) return inner.map((item, index) => (String(index) === key ? copy(item, deeper) : item));
    return { ...Object(inner), [key]: copy(Object(inner)[key], deeper) };
  };
  return { ...Object(copy(value, path.split("."))) };
}
