// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { readTerraformJson } from "./configuration";
import { type ResolveOptions, resolveConfiguration } from "./resolve";
import type { JsonObject, Resource } from "./resource";
import { isUnknown } from "./unknown-value";

const cloud = ({ type, name }: Resource): JsonObject => {
  const given: Record<string, JsonObject> = {
    google_pool: { name: "projects/1/pools/p", state: "ACTIVE" },
    google_account: { email: `${name}@p.iam`, generated_id: 42 },
    google_client_config: { project: "from-data", list: [{ nested: "deep" }] },
  };
  return given[type] ?? {};
};

function resolveAll(json: object, options: ResolveOptions = { computed: cloud }): Resource[] {
  return resolveConfiguration(readTerraformJson(JSON.stringify(json), "dev"), options);
}

/** The value of one template, among blocks that it can refer to. */
function resolveOne(template: unknown, options?: ResolveOptions) {
  const resources = resolveAll(
    {
      variable: {
        image: { default: "img@sha256:0" },
        region: { type: "string" },
        count_of: { type: "number", default: 3 },
      },
      locals: { prefix: "pre-${var.image}", tags: { env: "dev", "with space": "x" }, list: ["a", ["b"]] },
      data: { google_client_config: { current: {} } },
      resource: {
        google_pool: { main: { pool_id: "p", block: { inner: [{ key: "v1" }] }, blocks: [{ key: "v2" }], flag: true } },
        google_account: { run: { project: null } },
        google_probe: { probe: { value: template } },
      },
    },
    options ?? { computed: cloud, variables: { region: "europe-west4" } },
  );
  return resources.find(({ type }) => type === "google_probe")?.values["value"];
}

describe("references", () => {
  it.each([
    ["${google_pool.main.pool_id}", "p"],
    ["${google_pool.main.name}", "projects/1/pools/p"],
    ["${ google_pool.main . name }", "projects/1/pools/p"],
    ["a/${google_pool.main.name}/b/${google_account.run.email}", "a/projects/1/pools/p/b/run@p.iam"],
    ["${google_pool.main.block.inner[0].key}", "v1"],
    ["${google_pool.main.block[0].inner.0.key}", "v1"],
    ["${google_pool.main.blocks[0].key}", "v2"],
    ["${google_pool.main.blocks.0.key}", "v2"],
    ['${google_pool.main["pool_id"]}', "p"],
    ["${var.image}", "img@sha256:0"],
    ["${var.region}", "europe-west4"],
    ["${local.prefix}", "pre-img@sha256:0"],
    ['${local.tags["with space"]}', "x"],
    ["${local.list[1][0]}", "b"],
    ["${data.google_client_config.current.project}", "from-data"],
    ["${data.google_client_config.current.list[0].nested}", "deep"],
    ["${path.root}/x", "${path.root}/x"],
    ["${path.module}", "${path.module}"],
    ["$${google_pool.main.name}", "${google_pool.main.name}"],
    ["%%{if x}", "%{if x}"],
    ["$$ {x} $5 100%", "$$ {x} $5 100%"],
    ["", ""],
  ])("resolves %s", (template, expected) => {
    expect(resolveOne(template)).toBe(expected);
  });

  it("keeps the type of what a whole text refers to, and writes it as text inside another", () => {
    expect(resolveOne("${google_pool.main.flag}")).toBe(true);
    expect(resolveOne("${google_account.run.generated_id}")).toBe(42);
    expect(resolveOne("${var.count_of}")).toBe(3);
    expect(resolveOne("${google_pool.main.blocks}")).toEqual([{ key: "v2" }]);
    expect(resolveOne("is ${google_pool.main.flag} ${google_account.run.generated_id}")).toBe("is true 42");
  });

  it("resolves inside lists, blocks and the keys of maps", () => {
    expect(resolveOne({ "${var.region}": [{ deep: "${local.tags.env}" }] })).toEqual({
      "europe-west4": [{ deep: "dev" }],
    });
  });

  it("resolves what provisioners run", () => {
    const [resource] = resolveAll({
      locals: { who: "x" },
      resource: { terraform_data: { step: { provisioner: [{ "local-exec": { command: "run ${local.who}" } }] } } },
    });
    expect(resource?.values["provisioner"]).toEqual([{ "local-exec": { command: "run x" } }]);
  });

  it("leaves self to the moment a provisioner runs, and knows it nowhere else", () => {
    const environment = { ID: "${self.id}" };
    const provisioner = [{ "local-exec": { command: "run", when: "destroy", environment } }];
    const [resource] = resolveAll({ resource: { terraform_data: { step: { provisioner } } } });
    expect(resource?.values["provisioner"]).toEqual(provisioner);
    expect(() => resolveOne("${self.id}")).toThrow("refers to what this stack does not declare");
  });

  it("keeps depends_on, lifecycle and provider as they are", () => {
    const body = { depends_on: ["google_pool.main"], lifecycle: { ignore_changes: ["a[0].b"] }, provider: "google.x" };
    const [, resource] = resolveAll({ resource: { google_a: { a: body }, google_pool: { main: {} } } });
    expect(resource?.values).toEqual(body);
  });

  it("does not read a value that came out of a reference as a template again", () => {
    const options = { computed: cloud, variables: { region: "${google_pool.main.name}" } };
    expect(resolveOne("${var.region}", options)).toBe("${google_pool.main.name}");
  });
});

describe("order", () => {
  it("puts each resource after what it refers to or names in depends_on", () => {
    const resources = resolveAll({
      locals: { via: "${google_c.c.id_of}" },
      resource: {
        google_a: { a: { b: "${google_b.b.x}" } },
        google_b: { b: { x: "${local.via}", depends_on: ["${google_d.d}", "google_e.e"] } },
        google_c: { c: { id_of: "c" } },
        google_d: { d: {} },
        google_e: { e: {} },
      },
    });
    expect(resources.map(({ name }) => name)).toEqual(["c", "d", "e", "b", "a"]);
    expect(resources.at(-1)?.values).toEqual({ b: "c" });
  });

  it("names the addresses of a cycle", () => {
    const cycle = { google_a: { a: { x: "${google_b.b.x}" } }, google_b: { b: { x: "${local.l}" } } };
    expect(() => resolveAll({ resource: cycle, locals: { l: "${google_a.a.x}" } })).toThrow(
      "dev: these refer to one another: local.l -> google_a.a -> google_b.b -> local.l",
    );
    expect(() => resolveAll({ resource: { google_a: { a: { x: "${google_a.a.id}" } } } })).toThrow(
      "google_a.a -> google_a.a",
    );
  });
});

describe("computed attributes", () => {
  it("asks for them once the arguments are resolved, and lets the declaration win", () => {
    const seen: JsonObject[] = [];
    const resources = resolveAll(
      { locals: { l: "v" }, resource: { google_a: { a: { arg: "${local.l}", name: "mine", unset: null } } } },
      {
        computed: (resource) => {
          seen.push(resource.values);
          return { name: "cloud's", id: "id", unset: "filled" };
        },
      },
    );
    expect(seen).toEqual([{ arg: "v", name: "mine" }]);
    expect(resources[0]?.values).toEqual({ arg: "v", name: "mine", id: "id", unset: "filled" });
  });

  it("does not give data sources out as resources", () => {
    expect(resolveAll({ data: { google_client_config: { current: {} } } })).toEqual([]);
  });

  it("carries the construct path", () => {
    const note = { "//": { metadata: { path: "dev/pool", uniqueId: "x" } } };
    const [resource] = resolveAll({ resource: { google_a: { a: note } } });
    expect(resource).toEqual({
      stack: "dev",
      address: "google_a.a",
      type: "google_a",
      name: "a",
      constructPath: "dev/pool",
      values: {},
    });
  });
});

describe("without the cloud", () => {
  const options: ResolveOptions = {};

  it("leaves what only the cloud knows unknown, and all that is made of it", () => {
    for (const template of [
      "${google_pool.main.name}",
      "x/${google_pool.main.name}",
      "${var.region}",
      "${data.google_client_config.current.list[0].nested}",
    ]) {
      expect(isUnknown(resolveOne(template, options))).toBe(true);
    }
  });

  it("resolves what the declaration states", () => {
    expect(resolveOne("${google_pool.main.pool_id}/${local.prefix}", options)).toBe("p/pre-img@sha256:0");
  });

  it("keeps unknown values apart from JSON of the same shape, and from one another", () => {
    const forged = resolveOne({ unknown: "x" }, options);
    expect(isUnknown(forged)).toBe(false);
    expect(resolveOne("${google_pool.main.name}", options)).not.toBe(resolveOne("${google_pool.main.name}", options));
  });
});

describe("errors", () => {
  it.each([
    [
      "${google_pool.main.nope}",
      "google_probe.probe.value: ${google_pool.main.nope} has no value: neither the declaration of google_pool.main nor the cloud gives nope",
    ],
    ["${google_pool.other.name}", "${google_pool.other.name} refers to what this stack does not declare"],
    ["${var.other}", "${var.other} refers to what this stack does not declare"],
    ["${local.other}", "${local.other} refers to what this stack does not declare"],
    ["${data.google_x.y.z}", "refers to what this stack does not declare"],
    ["${google_pool.main[0].name}", "count and for_each are not supported"],
    ["${google_pool.main.blocks[*].key}", "is not supported; only references are"],
    ['${join(",", local.list)}', 'the expression ${join(",", local.list)} is not supported'],
    ["${google_pool.main.flag ? 1 : 2}", "is not supported"],
    ['${"literal"}', "is not supported"],
    ["${1 + 1}", "is not supported"],
    ["${google_pool.main.name", "is not supported"],
    ["${}", "is not supported"],
    ["%{ if true }x%{ endif }", "the directive %{ if true } is not supported"],
    ["a${google_pool.main.blocks}", "is not text, a number or a truth value"],
    ["${self}", "${self} is not a reference that is supported"],
    ["${google_pool.main.blocks[7].key}", "has no value"],
    ["${google_pool.main.constructor}", "has no value"],
    ["${google_pool.main.__proto__}", "has no value"],
  ])("names both ends of %s", (template, message) => {
    expect(() => resolveOne(template)).toThrow(message);
  });

  it("names a variable that has neither value nor default, also where nothing reads it", () => {
    expect(() => resolveAll({ variable: { image: {} } })).toThrow(
      "dev: variable image has neither a value nor a default",
    );
  });

  it("checks variables against their type", () => {
    const json = { variable: { n: { type: "number" } }, resource: { google_a: { a: { n: "${var.n}" } } } };
    expect(resolveAll(json, { computed: cloud, variables: { n: "2.5" } })[0]?.values).toEqual({ n: 2.5 });
    expect(() => resolveAll(json, { variables: { n: "2x" } })).toThrow("dev: variable n is not a number");
    expect(() => resolveAll({ variable: { n: { type: "bool" } } }, { variables: { n: "yes" } })).toThrow(
      "neither true nor false",
    );
    expect(() => resolveAll({ variable: { n: { type: "list(string)" } } }, { variables: { n: "[]" } })).toThrow(
      "list(string)",
    );
  });

  it.each(["count", "for_each", "dynamic"])("refuses %s", (meta) => {
    expect(() => resolveAll({ resource: { google_a: { a: { [meta]: 2 } } } })).toThrow(
      `dev: google_a.a: ${meta} is not supported`,
    );
  });

  it("stops texts that grow without end", () => {
    const locals: Record<string, string> = { l0: "x".repeat(1024) };
    for (let level = 1; level <= 20; level += 1) locals[`l${level}`] = `\${local.l${level - 1}}\${local.l${level - 1}}`;
    expect(() => resolveAll({ locals })).toThrow("longer than 1048576 characters");
  });
});
