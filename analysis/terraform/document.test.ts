// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildAccessModel } from "../access/model";
import { readTerraformDocument } from "./document";
import { UnresolvedValues } from "./unresolved";

const project = new Map([["ailab-data-prod", "710000000003"]]);
const unresolved = () => new UnresolvedValues(project);
const read = (document: unknown, values = unresolved()) =>
  readTerraformDocument(typeof document === "string" ? document : JSON.stringify(document), "dev", values);

const pool = (values: object = {}) => ({
  address: "google_iam_workload_identity_pool.p",
  mode: "managed",
  type: "google_iam_workload_identity_pool",
  name: "p",
  values: { name: "projects/7/locations/global/workloadIdentityPools/p-01", disabled: null, ...values },
});

describe("a plan of somebody else's configuration, with modules, count and for_each", () => {
  // Written by hand in HCL and planned by Terraform 1.11 with the provider of the twin; nothing of it was applied.
  const text = readFileSync(join(__dirname, "fixtures", "modules.plan.json"), "utf8");
  const values = unresolved();
  const document = read(text, values);
  const model = buildAccessModel(document.resources);
  const at = (email: string) =>
    (model.bindings.get(`serviceAccounts/${email}@ailab-data-prod.iam.gserviceaccount.com`) ?? []).map(({ member }) =>
      values.named(member),
    );

  it("is read without a rest, each instance by its own address", () => {
    expect(document.kind).toBe("plan");
    expect(model.unreadable).toEqual([]);
    expect([...model.accounts.values()].map(({ address }) => address)).toEqual([
      "google_service_account.one",
      "google_service_account.shared[0]",
      "google_service_account.shared[1]",
      "google_service_account.two",
      'module.workload["a"].google_service_account.sa',
      'module.workload["b"].google_service_account.sa',
    ]);
    expect([...model.pools.keys()]).toEqual(["projects/710000000003/locations/global/workloadIdentityPools/hcl-gh-01"]);
  });

  it("knows an account's binding before the account exists, through references, outputs and keys", () => {
    expect(at("one-account")).toEqual(["serviceAccount:two-account@ailab-data-prod.iam.gserviceaccount.com"]);
    expect(at("shared-0")).toEqual(["serviceAccount:workload-a@ailab-data-prod.iam.gserviceaccount.com"]);
    expect(at("shared-1")).toEqual([]);
  });

  it("names what it took from references", () => {
    expect(document.assumptions).toContainEqual({
      address: "google_service_account_iam_member.chain",
      argument: "member",
      value: "serviceAccount:workload-a@ailab-data-prod.iam.gserviceaccount.com",
      from: 'module.workload["a"].email',
    });
  });

  it("does not guess a text that was made from references: it stays symbolic, with their names", () => {
    expect(at("workload-a")).toEqual(["${var.pool, var.repo}"]);
    expect(at("workload-b")).toEqual(["${var.pool, var.repo}"]);
  });
});

describe("states", () => {
  it("are read as terraform show -json writes them, child modules and instances included", () => {
    const { kind, resources } = read({
      format_version: "1.0",
      values: {
        root_module: {
          resources: [pool()],
          child_modules: [
            {
              address: 'module.a["x"]',
              resources: [{ ...pool(), address: 'module.a["x"].google_iam_workload_identity_pool.p[0]' }],
            },
          ],
        },
      },
    });
    expect(kind).toBe("state");
    expect(resources.map(({ address }) => address)).toEqual([
      "google_iam_workload_identity_pool.p",
      'module.a["x"].google_iam_workload_identity_pool.p[0]',
    ]);
    expect(resources[0]?.values).not.toHaveProperty("disabled");
  });

  it("are read as backends keep them, without what is deposed", () => {
    const instance = { attributes: pool().values };
    const { resources } = read({
      version: 4,
      resources: [
        {
          module: "module.m",
          mode: "managed",
          type: "google_iam_workload_identity_pool",
          name: "p",
          instances: [
            { ...instance, index_key: "k" },
            { ...instance, deposed: "00000001" },
          ],
        },
        {
          mode: "data",
          type: "google_project",
          name: "p",
          instances: [{ attributes: { project_id: "ailab", number: "7" } }],
        },
        {
          mode: "data",
          type: "google_client_config",
          name: "c",
          instances: [{ attributes: { access_token: "ya29.secret" } }],
        },
      ],
    });
    expect(resources.map(({ address }) => address)).toEqual([
      "data.google_project.p",
      'module.m.google_iam_workload_identity_pool.p["k"]',
    ]);
  });

  it("without anything are empty", () => {
    expect(read({ format_version: "1.0" }).resources).toEqual([]);
    expect(read({ version: 4, resources: [] }).resources).toEqual([]);
  });
});

describe("what is known only after apply", () => {
  const plan = (unknown: object, values: object, references: readonly string[]) => ({
    format_version: "1.2",
    planned_values: {
      root_module: {
        resources: [
          {
            address: "google_service_account_iam_member.m",
            mode: "managed",
            type: "google_service_account_iam_member",
            name: "m",
            values: { role: "roles/iam.workloadIdentityUser", ...values },
          },
        ],
      },
    },
    resource_changes: [{ address: "google_service_account_iam_member.m", change: { after_unknown: unknown } }],
    configuration: {
      root_module: {
        resources: [
          {
            address: "google_service_account_iam_member.m",
            expressions: { member: { references }, service_account_id: { references } },
          },
        ],
      },
    },
  });

  it("is no member that a binding could match", () => {
    const values = unresolved();
    const { resources } = read(
      plan({ member: true }, { service_account_id: "a@p.iam.gserviceaccount.com" }, ["local.member"]),
      values,
    );
    const [binding] = buildAccessModel(resources).bindings.get("serviceAccounts/a@p.iam.gserviceaccount.com") ?? [];
    expect(binding?.member).toMatch(/^\uE000/);
    expect(values.named(binding?.member ?? "")).toBe("${local.member}");
  });

  it("is not followed in a circle of modules", () => {
    const circle = plan({ member: true, service_account_id: true }, {}, ["module.a.x"]);
    const inner = { outputs: { x: { expression: { references: ["module.a.x"] } } } };
    const configuration = {
      root_module: { ...circle.configuration.root_module, module_calls: { a: { module: inner } }, ...inner },
    };
    expect(() => read({ ...circle, configuration })).not.toThrow();
  });

  it("is not taken from two references, from a resource that is not there or from a whole resource", () => {
    for (const references of [
      ["a.b.c", "a.d.c"],
      ["google_service_account.gone.email"],
      ["google_service_account.gone"],
      [],
    ]) {
      const { assumptions } = read(plan({ member: true, service_account_id: true }, {}, references));
      expect(assumptions).toEqual([]);
    }
  });
});

describe("a configuration", () => {
  it("keeps what a function would make as something that whoever applies gives", () => {
    const values = unresolved();
    const { kind, resources } = read(
      {
        resource: {
          google_project_iam_member: { m: { project: "p", role: "roles/viewer", member: '${join("", ["a"])}' } },
        },
      },
      values,
    );
    expect(kind).toBe("configuration");
    expect(values.named(String(resources[0]?.values["member"]))).toBe('${join("", ["a"])}');
  });

  it("with count, for_each or modules is sent to a plan", () => {
    expect(() => read({ resource: { google_project: { p: { count: 2 } } } })).toThrow("terraform show -json PLANFILE");
    expect(() => read({ module: { m: { source: "./m" } } })).toThrow("terraform show -json PLANFILE");
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  throw new Error("expected a refusal");
}

describe("other documents are refused in one line that quotes nothing", () => {
  const secret = "s3cr3t-v4lue";
  it.each([
    ["", "the file is empty"],
    [`{"client_secret": "${secret}`, "not JSON: it breaks off or goes wrong"],
    [`{"a": ${secret}}`, "not JSON: it breaks off or goes wrong"],
    ["PK\u0003\u0004", "this is the plan file itself"],
    ['{"@level":"info"}\n{"@level":"info"}', 'the log of "terraform plan -json"'],
    [`resource "google_project" "p" { name = "${secret}" }`, "this is HCL"],
    ["[]", "not a document of Terraform"],
    ['{"format_version":"2.0","planned_values":{}}', "its format version is 2.0; version 1 is read here"],
    [`{"format_version":"${secret}"}`, "version 1 is read here"],
    ['{"version":3,"modules":[]}', "a state file of another version"],
    ['{"version":5,"resources":[]}', "a state file of version 5"],
    [`{"version":4,"resources":[{"${secret}":1}]}`, "not a state: resources.0"],
    ['{"format_version":"1.2","errored":true,"planned_values":{}}', "Terraform met an error"],
    [
      '{"format_version":"1.2","planned_values":{"root_module":{"resources":"x"}}}',
      "not a plan: planned_values.root_module.resources",
    ],
    [`{"version":4,"resources":[],"x":${"[".repeat(70)}${"]".repeat(70)}}`, "nested deeper than 64 levels"],
  ])("%j", (text, problem) => {
    expect(() => read(text)).toThrow(problem);
    const message = messageOf(() => read(text));
    expect(message).not.toContain(secret);
    expect(message).not.toContain("\n");
  });

  it("takes modules nested as deep as the limit", () => {
    let module: object = { resources: [pool()] };
    for (let level = 0; level < 25; level += 1) module = { child_modules: [module] };
    expect(read({ format_version: "1.0", values: { root_module: module } }).resources).toHaveLength(1);
  });
});
