// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { Loader } from "./testing/loader";

const step = (command: string, more: object = {}, provisioner: object = {}) => ({
  provisioner: [{ "local-exec": { command, ...provisioner } }],
  ...more,
});

describe("deploy-time steps", () => {
  let loader: Loader;
  beforeEach(() => {
    loader = new Loader();
  });

  it("run after what they depend on and before what depends on them", async () => {
    await loader.load({
      google_service_account: {
        first: { account_id: "runner-a" },
        last: { account_id: "runner-b", depends_on: ["terraform_data.s"] },
      },
      terraform_data: {
        s: step(
          "run",
          { depends_on: ["google_service_account.first"] },
          { environment: { ID: "${google_service_account.first.email}" } },
        ),
      },
    });
    expect(loader.steps).toEqual([
      {
        stack: "dev",
        address: "terraform_data.s",
        command: "run",
        environment: { ID: "runner-a@example-dev.iam.gserviceaccount.com" },
      },
    ]);
    expect(loader.seen).toEqual([["google_service_account.first"]]);
  });

  it("run again only when a trigger changes", async () => {
    const stack = (trigger: string) => ({ terraform_data: { s: step("run", { triggers_replace: { trigger } }) } });
    for (const trigger of ["a", "a", "b"]) await loader.load(stack(trigger));
    expect(loader.steps).toHaveLength(2);
  });

  it("that fail end the apply and run again at the next", async () => {
    await expect(loader.load({ terraform_data: { s: step("fail") } })).rejects.toThrow("the step failed");
    expect(loader.store.all()).toEqual([]);
    await loader.load({ terraform_data: { s: step("run") } });
    expect(loader.steps.map(({ command }) => command)).toEqual(["fail", "run"]);
  });

  it("of the end of a resource run when it goes, with the values it had", async () => {
    const environment = { KEY: "${self.triggers_replace.key}" };
    await loader.load({
      terraform_data: { s: step("disable", { triggers_replace: { key: "k1" } }, { when: "destroy", environment }) },
    });
    expect(loader.steps).toEqual([]);
    await loader.load({});
    expect(loader.steps).toEqual([
      { stack: "dev", address: "terraform_data.s", command: "disable", environment: { KEY: "k1" } },
    ]);
  });
});
