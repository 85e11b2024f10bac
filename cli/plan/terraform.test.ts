import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../user-error";
import { StackDirectory } from "./stack-directory";
import { terraform } from "./terraform";
import { readProblems, TerraformError } from "./terraform-error";
import { hasTerraform, ScratchStack } from "./testing";

const withTerraform = hasTerraform() ? describe : describe.skip;

withTerraform("a stack's folder", () => {
  let scratch: ScratchStack;
  const stackIn = (directory: string, onLine?: (line: string) => void) =>
    new StackDirectory({ stack: "dev", directory, onApplyLine: onLine });

  beforeEach(() => {
    scratch = new ScratchStack();
  });
  afterEach(() => scratch.remove());

  it("plans, applies exactly that plan, and plans nothing afterwards", async () => {
    const lines: string[] = [];
    const stack = stackIn(scratch.directory, (line) => lines.push(line));
    const file = join(scratch.root, "tfplan");
    await stack.init();
    expect(lines).toEqual([]);
    expect(await stack.plan(file)).toEqual({
      changes: true,
      drift: false,
      terraformVersion: expect.stringMatching(/^1\./),
    });
    expect(JSON.parse(await stack.show(file))).toMatchObject({ resource_changes: [{ address: "terraform_data.one" }] });
    await stack.apply(file);
    expect(lines.join("\n")).toContain("Apply complete! Resources: 1 added");
    expect(await stack.plan(file)).toMatchObject({ changes: false, drift: false });
    expect(await stack.plan(file, { refreshOnly: true, lock: false })).toMatchObject({ changes: false, drift: false });
    expect(await stack.plan(file, { destroy: true })).toMatchObject({ changes: true });
    expect(await stack.plan(file, { replace: ["terraform_data.one"] })).toMatchObject({ changes: true });
  });

  it("prepares the folder when Terraform asks for it, and only then", async () => {
    let inits = 0;
    const onInit = async () => {
      inits += 1;
    };
    const stack = new StackDirectory({ stack: "dev", directory: scratch.directory, onInit });
    const file = join(scratch.root, "tfplan");
    expect(await stack.plan(file)).toMatchObject({ changes: true });
    expect(inits).toBe(1);
    await stack.apply(file);
    expect(await stack.plan(file)).toMatchObject({ changes: false });
    expect(inits).toBe(1);
    scratch.declare({ one: { input: "a" } }, "elsewhere.tfstate");
    expect(await stack.plan(file)).toMatchObject({ changes: true });
    expect(inits).toBe(2);
    expect(existsSync(join(scratch.root, "dev.tfstate"))).toBe(true);
  });

  it("refuses a plan that the state has moved on from, and says what to do", async () => {
    const stack = stackIn(scratch.directory);
    const file = join(scratch.root, "tfplan");
    await stack.init();
    await stack.plan(file);
    await stack.apply(file);
    const again = stack.apply(file);
    await expect(again).rejects.toThrow(TerraformError);
    await expect(again).rejects.toThrow(
      /dev: terraform apply failed\.\n {2}Error: Saved plan is stale[\s\S]*Plan again/,
    );
  });

  it("shows what Terraform refuses in its words, without its frames", async () => {
    scratch.declare({ one: { colour: "blue" } });
    const stack = stackIn(scratch.directory);
    await stack.init();
    const refused = await stack.plan(join(scratch.root, "tfplan")).catch((error: unknown) => error);
    if (!(refused instanceof TerraformError)) throw refused;
    expect(refused.problems[0]).toMatch(/^Error: Extraneous JSON object property\non cdk\.tf\.json line 1:\n/);
    for (const frame of ["│", "╷", "╵", "\u001b"]) expect(refused.message).not.toContain(frame);
  });

  it("does not let the caller's settings change what is planned", async () => {
    process.env["TF_CLI_ARGS_plan"] = "-target=terraform_data.nothing";
    process.env["TF_WORKSPACE"] = "elsewhere";
    try {
      const stack = stackIn(scratch.directory);
      await stack.init();
      expect(await stack.plan(join(scratch.root, "tfplan"))).toMatchObject({ changes: true });
    } finally {
      delete process.env["TF_CLI_ARGS_plan"];
      delete process.env["TF_WORKSPACE"];
    }
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "stops in good order at %s: what was done is recorded, and no lock is left",
    async (signal) => {
      scratch.declare({
        quick: { input: "a" },
        slow: {
          input: "b",
          depends_on: ["terraform_data.quick"],
          provisioner: [{ "local-exec": { command: "sleep 20" } }],
        },
      });
      const file = join(scratch.root, "tfplan");
      let applying: Promise<unknown> = Promise.resolve();
      await stackIn(scratch.directory).init();
      await stackIn(scratch.directory).plan(file);
      await new Promise<void>((atWork) => {
        const stack = stackIn(scratch.directory, (line) => {
          if (line.includes("terraform_data.slow: Provisioning")) atWork();
        });
        applying = stack.apply(file).catch((error: unknown) => error);
      });
      process.emit(signal, signal);
      expect(await applying).toMatchObject({ exitCode: 130, message: expect.stringContaining("dev: interrupted") });
      expect(readdirSync(scratch.root).filter((name) => name.includes("lock"))).toEqual([]);
      expect(existsSync(join(scratch.root, "dev.tfstate"))).toBe(true);
      // The tainted one is replaced, the finished one is left alone.
      const stack = stackIn(scratch.directory);
      await stack.plan(file);
      const actions: { address: string; change: { actions: string[] } }[] = JSON.parse(
        await stack.show(file),
      ).resource_changes;
      expect(actions.map(({ address, change }) => [address, change.actions])).toEqual([
        ["terraform_data.quick", ["no-op"]],
        ["terraform_data.slow", ["delete", "create"]],
      ]);
    },
  );

  it("goes on after it was killed half-way: what was recorded is left alone, what was not is made", async () => {
    scratch.declare({
      quick: { input: "a" },
      slow: {
        input: "b",
        depends_on: ["terraform_data.quick"],
        provisioner: [{ "local-exec": { command: "echo its process is $PPID; exec sleep 20" } }],
      },
    });
    const file = join(scratch.root, "tfplan");
    const killed = stackIn(scratch.directory, (line) => {
      const [, id] = /its process is (\d+)/.exec(line) ?? [];
      if (id !== undefined) process.kill(Number(id), "SIGKILL");
    });
    await killed.plan(file);
    await expect(killed.apply(file)).rejects.toThrow(/^dev: terraform apply failed/);
    scratch.declare({ quick: { input: "a" }, slow: { input: "b", depends_on: ["terraform_data.quick"] } });
    const stack = stackIn(scratch.directory);
    await stack.plan(file);
    await stack.apply(file);
    expect(await stack.plan(file)).toMatchObject({ changes: false });
  });

  it.each(["", "{", '{"version": 4', "\u0000\u0001", '{"version":99,"serial":1,"lineage":"x","resources":[]}'])(
    "leaves a state that it cannot read as it is: %j",
    async (text) => {
      const state = join(scratch.root, "dev.tfstate");
      const stack = stackIn(scratch.directory);
      const file = join(scratch.root, "tfplan");
      await stack.init();
      writeFileSync(state, text);
      const outcome = await stack.plan(file).catch((error: unknown) => error);
      // An empty file is how Terraform makes a state's file before it is written.
      if (text === "") expect(outcome).toMatchObject({ changes: true });
      else expect(outcome).toBeInstanceOf(TerraformError);
      expect(readFileSync(state, "utf8")).toBe(text);
    },
  );

  it("says in one line that the stack was not synthesized", async () => {
    const missing = terraform(["version"], { stack: "dev", directory: join(scratch.root, "nowhere") });
    await expect(missing).rejects.toThrow(new UserError(`dev: not synthesized: there is no ${scratch.root}/nowhere`));
  });
});

it("says in one line that terraform is not installed", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  try {
    const missing = terraform(["version"], { stack: "dev", directory: __dirname });
    await expect(missing).rejects.toThrow(/^terraform is not installed\. Install version 1\.4 or newer: https:\S+$/);
  } finally {
    process.env["PATH"] = path;
  }
});

describe("what Terraform writes when it fails", () => {
  it("is read as problems, once each", () => {
    const output = [
      "terraform_data.one: Creating...",
      "╷",
      "│ \u001b[31mError: \u001b[0mInvalid value for variable",
      "│ ",
      "│   on cdk.tf.json line 9, in variable.image:",
      "│ ",
      "│ Expected a digest.",
      "╵",
      "╷",
      "│ Error: Second",
      "╵",
      "╷",
      "│ Error: Second",
      "╵",
    ].join("\n");
    expect(readProblems(output)).toEqual([
      "Error: Invalid value for variable\n  on cdk.tf.json line 9, in variable.image:\nExpected a digest.",
      "Error: Second",
    ]);
  });

  it("is shown from its end where it names no error, and shortened where there are many", () => {
    expect(readProblems("a\nb\nc\nd\ne\nf\n")).toEqual(["b\nc\nd\ne\nf"]);
    expect(readProblems("")).toEqual(["Terraform said nothing."]);
    const many = Array.from({ length: 30 }, (_, index) => `╷\n│ Error: ${index}\n╵`).join("\n");
    expect(readProblems(many)).toHaveLength(21);
    expect(readProblems(many).at(-1)).toBe("(and 10 more)");
  });
});
