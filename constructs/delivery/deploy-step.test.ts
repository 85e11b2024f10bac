import { TerraformStack, TerraformVariable, Testing } from "cdktf";
import { DeployStep } from "./deploy-step";
import { deploySteps } from "./deploy-step-inputs";

const stack = new TerraformStack(Testing.app(), "test");
const number = new TerraformVariable(stack, "project_number", { type: "string" });
const first = new DeployStep(stack, "first", {
  step: "iap-service-agent",
  inputs: { projectNumber: number.stringValue },
});
new DeployStep(stack, "second", {
  step: "oauth-credential-disable",
  inputs: { projectId: "p", oauthClient: "c", credential: "k" },
  dependsOn: [first],
});
const steps = Object.values<Record<string, unknown>>(JSON.parse(Testing.synth(stack)).resource.terraform_data);

describe("a deploy-time step", () => {
  it("runs our command from the project's root, with its inputs in the environment only", () => {
    const expression = ["$", "{var.project_number}"].join("");
    expect(steps[0]?.["provisioner"]).toEqual([
      {
        "local-exec": {
          command: "node cli/keyless.cjs step iap-service-agent",
          environment: { KEYLESS_PROJECT_NUMBER: expression },
          working_dir: ["$", "{path.root}/../../.."].join(""),
        },
      },
    ]);
  });

  it("runs again when an input changes", () => {
    expect(steps.map((step) => step["triggers_replace"])).toEqual([
      { projectNumber: ["$", "{var.project_number}"].join("") },
      { projectId: "p", oauthClient: "c", credential: "k" },
    ]);
  });

  it("can be waited for", () => {
    const [address] = Object.keys(JSON.parse(Testing.synth(stack)).resource.terraform_data);
    expect(steps[1]?.["depends_on"]).toEqual([`terraform_data.${address}`]);
  });

  it("gives every input a variable of its own that is ours", () => {
    for (const { inputs } of Object.values(deploySteps)) {
      const variables = Object.values<string>(inputs);
      expect(new Set(variables).size).toBe(variables.length);
      for (const variable of variables) expect(variable).toMatch(/^KEYLESS_[A-Z_]+$/);
    }
  });
});
