import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { TerraformStack, Testing } from "cdktf";
import { z } from "zod";
import { DeployStep } from "../../constructs/delivery";
import { type ScriptedAnswer, startScriptedGoogle, testToken } from "./scripted-google";

const run = promisify(execFile);
/** Where Terraform runs, its path.root. */
const stackFolder = resolve(__dirname, "../../cdktf.out/stacks/test");

const localExec = z.object({
  command: z.string(),
  environment: z.record(z.string(), z.string()),
  working_dir: z.string(),
});
const terraformJson = z.object({
  resource: z.object({
    terraform_data: z.record(z.string(), z.object({ provisioner: z.tuple([z.object({ "local-exec": localExec })]) })),
  }),
});

/** Runs the command of a synthesized step as Terraform would: by a shell, from the stack's folder. */
async function runAsTerraform(projectNumber: string, answer: () => ScriptedAnswer) {
  const stack = new TerraformStack(Testing.app(), "test");
  new DeployStep(stack, "agent", { step: "iap-service-agent", inputs: { projectNumber } });
  const [step] = Object.values(terraformJson.parse(JSON.parse(Testing.synth(stack))).resource.terraform_data);
  if (step === undefined) throw new Error("no step was synthesized");
  const { command, environment, working_dir: directory } = step.provisioner[0]["local-exec"];
  const google = await startScriptedGoogle(answer);
  try {
    const outcome = await run("/bin/sh", ["-c", command], {
      cwd: resolve(directory.replace(["$", "{path.root}"].join(""), stackFolder)),
      env: {
        PATH: process.env["PATH"],
        ...environment,
        GOOGLE_OAUTH_ACCESS_TOKEN: testToken,
        KEYLESS_ENDPOINTS: JSON.stringify({ serviceUsage: google.origin }),
      },
    }).catch((error: unknown) => z.object({ code: z.number(), stdout: z.string(), stderr: z.string() }).parse(error));
    return { code: 0, ...outcome, requests: google.requests };
  } finally {
    await google.close();
  }
}

describe("the command that a synthesized step declares", () => {
  it("runs the step from where Terraform stands", async () => {
    const email = "service-42@gcp-sa-iap.iam.gserviceaccount.com";
    const { code, stdout, stderr, requests } = await runAsTerraform("42", () => ({
      body: { name: "operations/finished.DONE_OPERATION", done: true, response: { email } },
    }));
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain(`iap-service-agent: ${email} exists`);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers["authorization"]).toBe(`Bearer ${testToken}`);
  });

  it("fails with one line and no token", async () => {
    const { code, stdout, stderr } = await runAsTerraform("42", () => ({ status: 400 }));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^keyless: iap-service-agent: POST \S+ answered 400\n$/);
    expect(stdout + stderr).not.toContain(testToken);
  });

  it("hands an input to the step as it is, whatever a shell would make of it", async () => {
    const { code, stdout, stderr, requests } = await runAsTerraform('42"; echo injected; "$(id)', () => ({}));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^keyless: KEYLESS_PROJECT_NUMBER: expected a project number\n$/);
    expect(stdout).toBe("");
    expect(requests).toEqual([]);
  });
});
