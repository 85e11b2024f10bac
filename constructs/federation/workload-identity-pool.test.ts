// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { TerraformStack, TerraformVariable, Testing } from "cdktf";
import { z } from "zod";
import { Aws } from "./aws";
import { computedId } from "./cel-literal";
import { claimsOf } from "./claim";
import { allOf, anyOf, type PinnedCondition } from "./condition";
import { GitHubActions } from "./github-actions";
import { GoogleWorkspace } from "./google-workspace";
import { PropertyError } from "./property-error";
import { descriptionOf } from "./provider-condition";
import { exampleIdReference } from "./testing/example-references";
import { WorkloadIdentityPool, type WorkloadIdentityPoolProps } from "./workload-identity-pool";

const claims = claimsOf({ id: "identity", name: "text" });
const placement = { projectId: "example-dev", environment: "dev", generation: "01", preventDestroy: false };
const example: WorkloadIdentityPoolProps<"name"> = {
  ...placement,
  issuer: "example",
  displayName: "Example",
  mapping: { subject: "assertion.id", attributes: { name: "assertion.name" } },
  claimBytes: { id: 36 },
  condition: claims.id.is("1"),
  credential: { oidc: { issuerUri: "https://issuer.example.com" } },
};
const newStack = () => new TerraformStack(Testing.app(), "dev");
const pool = (props: Partial<WorkloadIdentityPoolProps<string>>) =>
  new WorkloadIdentityPool<string>(newStack(), "example", { ...example, ...props });
const condition = (stack: TerraformStack) => {
  const json = JSON.parse(Testing.synth(stack));
  const providers = z
    .record(z.string(), z.looseObject({ attribute_condition: z.string() }))
    .parse(json.resource.google_iam_workload_identity_pool_provider);
  return Object.values(providers)[0]?.attribute_condition;
};

describe("a workload identity pool", () => {
  it("takes what is within Google's limits", () => {
    expect(() => pool({})).not.toThrow();
    expect(() => pool({ displayName: "x".repeat(32) })).not.toThrow();
    expect(() => pool({ condition: claims.id.is("x".repeat(4096 - "assertion.id == ''".length)) })).not.toThrow();
  });

  it("names construct, property, value and rule of what is not", () => {
    expect(() => pool({ issuer: "Example" })).toThrow(
      new PropertyError(
        "dev/example",
        "pool id",
        "Example-dev-01",
        "expected 4 to 32 of a-z, 0-9 and -, not beginning with gcp-",
      ),
    );
  });

  it.each<[string, Partial<WorkloadIdentityPoolProps<string>>, RegExp]>([
    ["an id that Google keeps for itself", { issuer: "gcp-x" }, /not beginning with gcp-/],
    ["an id of more than 32 characters", { issuer: "x".repeat(26) }, /4 to 32/],
    ["a display name of more than 32 characters", { displayName: "x".repeat(33) }, /1 to 32 characters/],
    [
      "a condition of more than 4096 characters",
      { condition: claims.id.is("x".repeat(4097 - "assertion.id == ''".length)) },
      /at most 4096 characters, got 4097/,
    ],
    ["a number in place of the project's id", { projectId: "710000000001" }, /^dev\/example: projectId is/],
    ["a project that Terraform would expand", { projectId: "${path.root}" }, /^dev\/example: projectId is/],
    ["a display name that turns the writing", { displayName: "a\u202eb" }, /^dev\/example: displayName is/],
    ["an environment with a slash", { environment: "a/b" }, /^dev\/example: pool id is/],
    ["a generation with a blank", { generation: "0 1" }, /^dev\/example: pool id is/],
    ["no subject", { mapping: { subject: "", attributes: {} } }, /mapping of google.subject/],
    [
      "an attribute outside [a-z0-9_]",
      { mapping: { subject: "assertion.id", attributes: { Name: "x" } } },
      /a-z, 0-9 and _/,
    ],
    [
      "a mapping of more than 2048 characters",
      { mapping: { subject: "assertion.id", attributes: { name: "x".repeat(2049) } } },
      /1 to 2048 characters, got 2049/,
    ],
    [
      "more than 50 attributes",
      {
        mapping: {
          subject: "assertion.id",
          attributes: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`a${index}`, "assertion.id"])),
        },
      },
      /at most 50/,
    ],
  ])("refuses %s", (_, props, message) => {
    expect(() => pool(props)).toThrow(PropertyError);
    expect(() => pool(props)).toThrow(message);
  });

  it("has exactly one provider, so that no other issuer mints its principals (trap 9)", () => {
    const stack = newStack();
    new WorkloadIdentityPool(stack, "example", example);
    const { resource } = JSON.parse(Testing.synth(stack));
    expect(Object.keys(resource.google_iam_workload_identity_pool)).toHaveLength(1);
    expect(Object.keys(resource.google_iam_workload_identity_pool_provider)).toHaveLength(1);
  });

  it("refuses a condition without a pin even where no compiler has looked", () => {
    const open: unknown = claims.name.is("a");
    const smuggled = { condition: open as PinnedCondition };
    expect(() => pool(smuggled)).toThrow(/pins an immutable identity/);
  });

  it("names its identities by the pool, never all of it nor all of an attribute at once (trap 7)", () => {
    const made = pool({});
    expect(made.subject("1").member).toMatch(/^principal:\/\/iam\.googleapis\.com\/.*\/subject\/1$/);
    expect(made.attribute("name", "a").member).toMatch(
      /^principalSet:\/\/iam\.googleapis\.com\/.*\/attribute\.name\/a$/,
    );
    for (const value of ["*", "", "a b", "a\n", "a*", "${x}", "%{x}", "\u202e"]) {
      expect(() => made.attribute("name", value)).toThrow(PropertyError);
      expect(() => made.subject(value)).toThrow(PropertyError);
    }
  });
});

describe("GitHub Actions", () => {
  const github = { ...placement, ownerId: "58213377", repositoryId: "712345678" };

  it("admits named branches only", () => {
    const stack = newStack();
    new GitHubActions(stack, "github", { ...github, branches: ["main", "it's"] });
    expect(condition(stack)).toContain("assertion.ref in ['refs/heads/main', 'refs/heads/it\\u0027s']");
  });

  it("refuses an empty list of branches, which is not any branch", () => {
    expect(() => new GitHubActions(newStack(), "github", { ...github, branches: [] })).toThrow(/branches is "\[\]"/);
  });

  it("refuses names in place of ids", () => {
    const named = { ...github, branches: ["main"], repositoryId: "ailab/data-platform" };
    expect(() => new GitHubActions(newStack(), "github", named)).toThrow(/expected a numeric id/);
  });
});

describe("Google Workspace", () => {
  const workspace = { ...placement, hostedDomain: "ailab.com", oauthClientId: "1-a.apps.googleusercontent.com" };

  it("refuses an e-mail in place of a numeric subject, and an empty list of people", () => {
    const withPeople = (people: readonly string[]) => () =>
      new GoogleWorkspace(newStack(), "workspace", { ...workspace, people });
    expect(withPeople(["administrator@ailab.com"])).toThrow(/numeric subjects/);
    expect(withPeople([])).toThrow(/people is "\[\]"/);
  });

  it("admits each named person as a principal of their own", () => {
    const { admitted } = new GoogleWorkspace(newStack(), "workspace", { ...workspace, people: ["1", "2"] });
    expect(admitted.map(({ member }) => member.replace(/^.*\/subject\//, ""))).toEqual(["1", "2"]);
  });
});

describe("AWS", () => {
  it.each([
    ["role/session", "a slash would let the condition name a session"],
    ["role*", "a wildcard is no role"],
    ["", "no role"],
  ])("refuses the role name %j: %s", (roleName) => {
    expect(() => new Aws(newStack(), "aws", { ...placement, accountId: "210987654321", roleName })).toThrow(
      PropertyError,
    );
  });

  it("does not admit a role whose name begins alike", () => {
    const stack = newStack();
    new Aws(stack, "aws", { ...placement, accountId: "210987654321", roleName: "collector" });
    expect(condition(stack)).toContain("startsWith('arn:aws:sts::210987654321:assumed-role/collector/')");
  });
});

describe("what people read of a condition", () => {
  it("is cut at Google's limit, and never inside a reference", () => {
    const reference = exampleIdReference();
    const long = (count: number) => allOf(claims.id.is(computedId(reference)), claims.name.is("x".repeat(count)));
    expect(descriptionOf(long(10))).toMatch(/ and name is 'x{10}'$/);
    expect(descriptionOf(long(400))).toMatch(/x…$/);
    for (let count = 150; count < 260; count += 1) {
      const text = descriptionOf(allOf(claims.name.is("x".repeat(count)), claims.id.is(computedId(reference))));
      expect(text.replace(reference, "x".repeat(36)).length).toBeLessThanOrEqual(256);
      expect(text.replace(reference, "")).not.toContain("TfToken");
    }
  });

  it("stands at the pool too, whole", () => {
    expect(pool({}).conditionInWords).toBe("id is '1'");
  });
});

describe("a condition of a provider", () => {
  it("may have as many alternatives as its length allows: the limit of operators is that of IAM conditions", () => {
    const [first, ...others] = Array.from({ length: 40 }, (_, index) => claims.id.is(String(index)));
    if (first === undefined) throw new Error("there are forty");
    expect(() => pool({ condition: anyOf(first, ...others) })).not.toThrow();
  });

  it.each(["true", undefined, { pin: "pinned", expression: "true", words: "", pinnedClaims: "vouched" }])(
    "is nothing but one that was built: %j",
    (condition) => {
      const props: unknown = { ...example, condition };
      expect(() => Reflect.construct(WorkloadIdentityPool, [newStack(), "example", props])).toThrow(PropertyError);
    },
  );
});

describe("a flag", () => {
  it.each(["killSwitch", "preventDestroy"])("%s is true or false, and neither text nor variable", (name) => {
    const stack = newStack();
    const variable = new TerraformVariable(stack, "flag", { type: "bool" });
    for (const value of ["true", "false", 1, null, variable.booleanValue]) {
      const build = () =>
        Reflect.construct(WorkloadIdentityPool, [stack, `of-${String(value)}`, { ...example, [name]: value }]);
      expect(build).toThrow(/expected true or false, known at synthesis/);
    }
  });
});

describe("ids of pools and providers", () => {
  it("carry the generation, and are protected where asked for (trap 1)", () => {
    const stack = newStack();
    new WorkloadIdentityPool(stack, "example", { ...example, generation: "02", preventDestroy: true });
    const { resource } = JSON.parse(Testing.synth(stack));
    for (const type of ["google_iam_workload_identity_pool", "google_iam_workload_identity_pool_provider"]) {
      const [one]: unknown[] = Object.values(resource[type]);
      expect(one).toMatchObject({ lifecycle: { prevent_destroy: true } });
      expect(JSON.stringify(one)).toContain("example-dev-02");
    }
  });

  it("name no attribute that is not mapped: nobody would ever have it", () => {
    for (const name of ["other", "name/x/attribute.name"])
      expect(() => pool({}).attribute(name, "x")).toThrow(/attribute is .*expected one of those that are mapped/);
  });

  it("stand in principals by the pool's own name, which holds the project's number (trap 2)", () => {
    expect(pool({}).subject("1").member).not.toContain(example.projectId);
  });
});
