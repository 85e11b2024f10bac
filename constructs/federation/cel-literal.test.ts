import { run } from "@bufbuild/cel";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { Fn, TerraformStack, TerraformVariable, Testing, Token } from "cdktf";
import { ClaimValueError, celClaimPath, celString, celTemplate, computedId } from "./cel-literal";
import { exampleIdReference } from "./testing/example-references";

const hostile = [
  "'",
  "\\",
  "\\'",
  "' || true || '",
  "\\' || true || \\'",
  '"" == "" || "',
  "line\nfeed\rreturn\u2028\u2029\u0085",
  "\u0000\u001b\u007f",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's templates
  '${file("/etc/passwd")} $${x} %{ if true }',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: cdktf's tokens
  "${TfToken[TOKEN.0]} #{TfToken[TOKEN.0]} &{TfToken[TOKEN.0]}",
  "${",
  "{",
  "''' raw r'x' b'y'",
  "// comment",
  "é ä 日本語 \u202e rtl",
  "𝕏 😀",
  "\\u0027",
  "\\x27",
  "",
];

const literalIn = (expression: string) => {
  const stack = new TerraformStack(Testing.app(), "test");
  new ServiceAccount(stack, "a", { accountId: "abcdef", description: expression });
  const json: { resource: { google_service_account: { a: { description: string } } } } = JSON.parse(
    Testing.synth(stack),
  );
  return json.resource.google_service_account.a.description;
};

describe("a string literal of CEL", () => {
  it.each(hostile)("equals its value and nothing else: %j", (value) => {
    const condition = `assertion.claim == ${celString(value)}`;
    expect(run(condition, { assertion: { claim: value } })).toBe(true);
    expect(run(condition, { assertion: { claim: `${value}x` } })).toBe(false);
    expect(run(condition, { assertion: { claim: "other" } })).toBe(false);
  });

  it.each(hostile)("comes through cdktf and Terraform unchanged: %j", (value) => {
    const literal = celString(value);
    expect(literalIn(literal)).toBe(literal);
    expect(literal).not.toMatch(/[$%]\{/);
    expect(literal).toMatch(/^'[ -~]*'$/);
  });

  it("leaves what is plain as it is", () => {
    expect(celString("refs/heads/main")).toBe("'refs/heads/main'");
    expect(celString("2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11")).toBe("'2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11'");
  });

  it("is not taken for one of cdktf's references to numbers", () => {
    const value = String(Token.asNumber({ resolve: () => 5, creationStack: [], toString: () => "" }));
    const literal = celString(value);
    expect(literalIn(`'${value}'`)).toBe("'5'");
    expect(literalIn(literal)).toBe(literal);
    expect(run(`assertion.claim == ${literal}`, { assertion: { claim: value } })).toBe(true);
  });

  it("refuses half a surrogate pair", () => {
    expect(() => celString("a\ud800")).toThrow(ClaimValueError);
  });

  it("takes nothing but one whole reference to an id of a resource for one", () => {
    const reference = exampleIdReference();
    const variable = new TerraformVariable(new TerraformStack(Testing.app(), "dev"), "id", { type: "string" });
    const late = Token.asString({ resolve: () => "x' || true || '", creationStack: [], toString: () => "" });
    for (const text of ["REFERENCE", "", `${reference}'`, `' || ${reference}`, `${reference}${reference}`])
      expect(() => computedId(text)).toThrow(ClaimValueError);
    for (const text of [variable.stringValue, late, Fn.join("", ["a", reference]), exampleIdReference("display_name")])
      expect(() => computedId(text)).toThrow(ClaimValueError);
  });

  it("holds the reference to an id unescaped", () => {
    const reference = exampleIdReference();
    expect(celString(computedId(reference))).toBe(`'${reference}'`);
  });
});

describe("the path of a claim", () => {
  it("is written with dots where CEL takes them, and in brackets otherwise", () => {
    expect(celClaimPath(["ref"]).expression).toBe("assertion.ref");
    expect(celClaimPath(["kubernetes.io", "namespace"])).toEqual({
      expression: "assertion['kubernetes.io']['namespace']",
      presence: "('kubernetes.io' in assertion && 'namespace' in assertion['kubernetes.io'])",
    });
  });

  it.each(["in", "true", "a b", "x || true", "https://example.com/claim", "'] || true || ['", "1a"])(
    "reads the claim %j and nothing else",
    (name) => {
      const { expression, presence } = celClaimPath([name]);
      expect(run(`${expression} == 'v'`, { assertion: { [name]: "v" } })).toBe(true);
      expect(run(presence, { assertion: { [name]: "v" } })).toBe(true);
      expect(run(presence, { assertion: { other: "v" } })).toBe(false);
    },
  );

  it("has no empty part", () => {
    expect(() => celClaimPath([""])).toThrow(ClaimValueError);
  });
});

describe("a template of extract", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's templates
  it.each(["", "/sc/", "{a}{b}", "/{a}/{b}", "/{A}/", "'{a}'", "${a}", "%{a}", "#{a}", "\\{a}", "{a}\n", "{}"])(
    "is refused without exactly one name: %j",
    (template) => {
      expect(() => celTemplate(template)).toThrow(ClaimValueError);
    },
  );

  it("is taken as it is", () => {
    expect(celTemplate("/sc/{service_connection}")).toBe("'/sc/{service_connection}'");
  });
});
