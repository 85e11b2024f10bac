// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { z } from "zod";
import { type AttachedStore, attachStore, configurationOf, describeWithTerraform, TerraformFolder } from "../testing";

const github = {
  pool: { workload_identity_pool_id: "github-dev-01" },
  provider: {
    workload_identity_pool_id: "${google_iam_workload_identity_pool.pool.workload_identity_pool_id}",
    workload_identity_pool_provider_id: "github-01",
    attribute_mapping: { "google.subject": "assertion.sub", "attribute.repository_id": "assertion.repository_id" },
    attribute_condition: "assertion.repository_id == '712345678'",
    oidc: { issuer_uri: "https://token.actions.githubusercontent.com" },
  },
  account: { account_id: "deployer", display_name: "Deployer" },
  member: {
    service_account_id: "${google_service_account.account.name}",
    role: "roles/iam.workloadIdentityUser",
    member:
      "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.pool.name}/attribute.repository_id/712345678",
  },
};

/** A pool, its provider, an account and who may become it; with changes. */
function federation(
  changes: Partial<Record<keyof typeof github, object>> = {},
): Record<string, Record<string, object>> {
  const { pool, provider, account, member } = { ...github, ...changes };
  return {
    google_iam_workload_identity_pool: { pool },
    google_iam_workload_identity_pool_provider: { provider },
    google_service_account: { account },
    google_service_account_iam_member: { member },
  };
}

describeWithTerraform("Terraform with the twin as its provider", () => {
  let attached: AttachedStore;
  let folder: TerraformFolder;

  beforeEach(async () => {
    attached = await attachStore();
    folder = await TerraformFolder.create("dev", attached.attachment.environment);
  });

  afterEach(async () => {
    await folder.remove();
    await attached.attachment.close();
  });

  async function write(resources: object, more: object = {}): Promise<void> {
    await folder.write(configurationOf(resources, more));
  }

  async function deploy(resources: object, more: object = {}): Promise<void> {
    await write(resources, more);
    await folder.init();
    expect(await folder.plan()).toMatchObject({ code: 2 });
    expect(await folder.apply()).toMatchObject({ code: 0 });
  }

  const actions = async () =>
    (await folder.shown()).resource_changes
      .filter(({ change }) => change.actions.join() !== "no-op")
      .map(({ address, change }) => `${address}: ${change.actions.join(" then ")}`);

  describe("refuses before anything is changed", () => {
    const withProvider = (changes: object) => federation({ provider: { ...github.provider, ...changes } });

    it.each<[string, object, readonly string[]]>([
      [
        "an argument that does not exist",
        withProvider({ colour: "red" }),
        ["Extraneous JSON object property", "colour"],
      ],
      ["a value of another type", withProvider({ disabled: "maybe" }), ["a bool is required"]],
      [
        "a block given twice",
        withProvider({ oidc: [github.provider.oidc, github.provider.oidc] }),
        ["Too many oidc blocks"],
      ],
      ["a missing argument", federation({ account: { display_name: "d" } }), ['"account_id" is required']],
      [
        "a type that the provider does not have",
        { google_iam_pool: { p: {} } },
        ["Invalid resource type", "google_iam_pool"],
      ],
      [
        "a pool id that Google does not take",
        federation({ pool: { workload_identity_pool_id: "gcp-Pool" } }),
        [
          "workload_identity_pool_id",
          'can not start with "gcp-"',
          "in resource.google_iam_workload_identity_pool.pool:",
        ],
      ],
    ])("%s", async (_, resources, words) => {
      await write(resources);
      await folder.init();
      const { code, output } = await folder.run("validate");
      expect(code).toBe(1);
      for (const word of words) expect(output.replace(/\s+/g, " ")).toContain(word);
      expect(attached.store.all()).toEqual([]);
    });

    it("a type whose behaviour the twin does not know, after it was checked against its schema", async () => {
      await write({ google_pubsub_topic: { topic: { name: "t" } } });
      await folder.init();
      expect(await folder.run("validate")).toMatchObject({ code: 0 });
      const { code, output } = await folder.plan();
      expect(code).toBe(1);
      expect(output).toContain("The twin has no rules for google_pubsub_topic");
    });
  });

  it("leaves the store as it was where the cloud refuses, and applies the rest", async () => {
    const condition = `assertion.repository_id == '712345678' && assertion.sub != '${"x".repeat(4096)}'`;
    await write(federation({ provider: { ...github.provider, attribute_condition: condition } }));
    await folder.init();
    expect(await folder.plan()).toMatchObject({ code: 2 });
    const { code, output } = await folder.apply();
    expect(code).toBe(1);
    expect(output).toContain("googleapi: Error 400");
    expect(output).toContain("google_iam_workload_identity_pool_provider.provider");
    expect(attached.store.ofType("google_iam_workload_identity_pool_provider")).toEqual([]);
    expect(attached.store.ofType("google_service_account")).toHaveLength(1);
  });

  it("keeps what the cloud made secret out of sight, and what depends on it", async () => {
    const resources = {
      azuread_application_registration: { app: { display_name: "App" } },
      azuread_application_password: { password: { application_id: "${azuread_application_registration.app.id}" } },
    };
    await deploy(resources);
    const [password] = attached.store.ofType("azuread_application_password");
    const secret = z.string().min(20).parse(password?.values["value"]);
    const { output } = await folder.run("show");
    expect(output).toContain("(sensitive value)");
    expect(output).not.toContain(secret);
    await write(resources, { output: { leak: { value: "${azuread_application_password.password.value}" } } });
    const leaking = await folder.plan();
    expect(leaking).toMatchObject({ code: 1, output: expect.stringContaining("Output refers to sensitive values") });
    expect(leaking.output).not.toContain(secret);
  });

  it("replaces where an argument cannot be changed, and says which", async () => {
    await deploy(federation());
    await write(federation({ account: { ...github.account, account_id: "releaser" } }));
    expect(await folder.plan()).toMatchObject({ code: 2, output: expect.stringContaining("# forces replacement") });
    expect(await actions()).toEqual([
      "google_service_account.account: delete then create",
      "google_service_account_iam_member.member: delete then create",
    ]);
    const { resource_changes } = await folder.shown();
    expect(resource_changes.find(({ type }) => type === "google_service_account")?.change.replace_paths).toEqual([
      ["account_id"],
    ]);
    expect(await folder.apply()).toMatchObject({ code: 0 });
    expect(attached.store.ofType("google_service_account").map(({ identity }) => identity)).toEqual([
      "projects/data-dev/serviceAccounts/releaser@data-dev.iam.gserviceaccount.com",
    ]);
    expect(await folder.plan()).toMatchObject({ code: 0 });
  });

  it("replaces on demand, and updates in place otherwise", async () => {
    await deploy(federation());
    expect(await folder.plan("-replace=google_service_account_iam_member.member")).toMatchObject({ code: 2 });
    expect(await actions()).toEqual(["google_service_account_iam_member.member: delete then create"]);
    await write(federation({ account: { ...github.account, display_name: "Other" } }));
    expect(await folder.plan()).toMatchObject({ code: 2 });
    expect(await actions()).toEqual(["google_service_account.account: update"]);
    expect(await folder.apply()).toMatchObject({ code: 0 });
    expect(attached.store.ofType("google_service_account")[0]?.values["display_name"]).toBe("Other");
    expect(await folder.plan()).toMatchObject({ code: 0 });
  });

  it("follows a resource to its new name", async () => {
    await deploy(federation());
    const { google_service_account_iam_member, ...others } = federation();
    const renamed = {
      ...others,
      google_service_account_iam_member: { renamed: google_service_account_iam_member?.["member"] },
    };
    const from = "google_service_account_iam_member.member";
    const to = "google_service_account_iam_member.renamed";
    await write(renamed, { moved: [{ from, to }] });
    expect((await folder.plan()).output).toContain("has moved to");
    expect(await actions()).toEqual([]);
    expect(await folder.apply()).toMatchObject({ code: 0 });
    expect(await folder.plan()).toMatchObject({ code: 0 });
  });

  it("imports the whole of what is there, and refuses what is not", async () => {
    await deploy(federation());
    expect(
      await folder.run(
        "state",
        "rm",
        "google_service_account.account",
        "google_iam_workload_identity_pool_provider.provider",
      ),
    ).toMatchObject({ code: 0 });
    const importing = [
      {
        to: "google_service_account.account",
        id: "projects/data-dev/serviceAccounts/deployer@data-dev.iam.gserviceaccount.com",
      },
      { to: "google_iam_workload_identity_pool_provider.provider", id: "github-dev-01/github-01" },
    ];
    await write(federation(), { import: importing });
    const { output } = await folder.plan();
    expect(output).toContain("Plan: 2 to import, 0 to add, 0 to change, 0 to destroy.");
    expect(await folder.apply()).toMatchObject({ code: 0 });
    expect(await folder.plan()).toMatchObject({ code: 0 });

    const nobody = "projects/data-dev/serviceAccounts/nobody@data-dev.iam.gserviceaccount.com";
    expect(await folder.run("state", "rm", "google_service_account.account")).toMatchObject({ code: 0 });
    expect(await folder.run("import", "google_service_account.account", nobody)).toMatchObject({
      code: 1,
      output: expect.stringContaining("Cannot import non-existent remote object"),
    });
  });

  it("meets Google's refusal to make again what is only marked as deleted, until it is undeleted and imported", async () => {
    const resources = { google_iam_workload_identity_pool: { pool: github.pool } };
    await deploy(resources);
    expect(await folder.run("destroy", "-auto-approve", "-input=false")).toMatchObject({ code: 0 });
    expect(await folder.plan()).toMatchObject({ code: 2 });
    expect(await folder.apply()).toMatchObject({ code: 1, output: expect.stringContaining("Error 409") });

    for (const pool of attached.store.deletedOfType("google_iam_workload_identity_pool", Date.now()))
      attached.store.restore(pool);
    expect(await folder.run("import", "google_iam_workload_identity_pool.pool", "github-dev-01")).toMatchObject({
      code: 0,
    });
    expect(await folder.plan()).toMatchObject({ code: 0 });
  });

  it("reads projects and what is there as data", async () => {
    await deploy(
      { google_service_account: { account: github.account } },
      {
        data: { google_project: { project: {} } },
        output: { number: { value: "${data.google_project.project.number}" } },
      },
    );
    expect((await folder.run("output", "-raw", "number")).output).toBe("710000000001");
  });
});
