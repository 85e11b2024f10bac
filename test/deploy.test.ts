import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadEnvironments } from "../cli/environments";
import { deployCommand } from "../cli/plan/deploy-command";
import { driftOfStacks } from "../cli/plan/drift-of-stacks";
import { type PlanCommandContext, planCommand } from "../cli/plan/plan-command";
import { withoutProtection } from "../cli/plan/prepare-stacks";
import type { DeploymentTarget } from "../cli/plan/target";
import { hasTerraform } from "../cli/plan/testing";
import { cdktf } from "../cli/twin/cdktf";
import { type SavedTwin, startSavedTwin } from "../cli/twin/saved-twin";
import { TwinHome } from "../cli/twin/twin-home";
import { synthesisFor, terraformEnvironment } from "../cli/twin/twin-target";
import { environmentNames } from "../environments/load";
import { projectDirectory } from "../twin";

const root = projectDirectory();
const describeWithTerraform = hasTerraform() ? describe : describe.skip;
const runsCdktf = Number(process.versions.node.split(".")[0]) < 24;

/** A folder that is laid out as the project, so that nothing of the user's deployments is touched. */
function scratchProject(): string {
  mkdirSync(join(root, ".keyless"), { recursive: true });
  const project = mkdtempSync(join(root, ".keyless", "deploy-"));
  symlinkSync(join(root, "cli"), join(project, "cli"));
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  writeFileSync(join(project, "cdktf.json"), readFileSync(join(root, "cdktf.json")));
  return project;
}

/** A twin of its own that serves one test file, with everything that the commands need. */
class Deployment {
  readonly #environments = new Map<string, Promise<Readonly<Record<string, string>>>>();
  readonly project = scratchProject();
  readonly home = new TwinHome(join(this.project, "twin"));
  readonly said: string[] = [];
  readonly answers: string[] = [];
  saved: SavedTwin | undefined;

  async start(): Promise<void> {
    await this.home.claim();
    this.saved = await startSavedTwin(this.home, loadEnvironments());
  }

  async stop(): Promise<void> {
    await this.saved?.close();
    rmSync(this.project, { recursive: true, force: true });
  }

  get twin() {
    if (this.saved === undefined) throw new Error("the twin has not been started");
    return this.saved.twin;
  }

  async #attach(stack: string): Promise<Readonly<Record<string, string>>> {
    return terraformEnvironment(this.home, stack, await this.twin.attachTerraform(stack));
  }

  readonly target: DeploymentTarget = {
    name: "twin",
    synthesis: synthesisFor(this.home),
    environmentOf: (stack) => {
      const attached = this.#environments.get(stack) ?? this.#attach(stack);
      this.#environments.set(stack, attached);
      return attached;
    },
    close: async () => undefined,
  };

  /** With a synthesis of its own for each stack, so that several can be worked on at once. */
  readonly contextOf = (stack: string): PlanCommandContext => ({
    target: this.target,
    workspace: { project: this.project, output: join(this.project, `cdktf.out.${stack}`) },
    narrator: { task: (_, work) => work(), line: (text) => this.said.push(text), detail: undefined },
    print: (text) => this.answers.push(text),
  });

  /** Changes an applied resource as somebody would who edits it past Terraform. */
  edit(stack: string, type: string, identity: RegExp, values: Readonly<Record<string, string | boolean>>): void {
    const found = this.twin.store
      .all()
      .find((each) => each.stack === stack && each.type === type && identity.test(each.identity));
    if (found === undefined) throw new Error(`${stack} has no ${type} ${identity}`);
    this.twin.store.put({ ...found, values: { ...found.values, ...values } });
  }
  /** Adds a member to an account's policy as somebody would with gcloud. Returns the grant's address in the twin. */
  letBecome(stack: string, account: RegExp, member: string): string {
    const binding = this.twin.store
      .all()
      .find(
        ({ stack: owner, type, values }) =>
          owner === stack &&
          type === "google_service_account_iam_member" &&
          account.test(String(values["service_account_id"])),
      );
    if (binding === undefined) throw new Error(`${stack} has no member of an account ${account}`);
    const address = "added-by-hand";
    const identity = `${binding.identity} ${member}`;
    this.twin.store.put({ ...binding, identity, address, values: { ...binding.values, member } });
    return address;
  }
}

const provider = "google_iam_workload_identity_pool_provider";

/** What somebody who edits the twin past Terraform makes of a provider, and what is declared. */
const wide = { attribute_condition: "assertion.account != ''" };
const conditionOf = (deployment: Deployment, stack: string) =>
  deployment.twin.store.find(provider, (each) => each.stack === stack && /aws-/.test(each.identity))?.values[
    "attribute_condition"
  ];
const declared = (stack: string) =>
  `assertion.account == '210987654321' && assertion.arn.startsWith('arn:aws:sts::210987654321:assumed-role/asset-collector-${stack}/')`;

describeWithTerraform("keyless on the twin", () => {
  const deployment = new Deployment();
  const dev = deployment.contextOf("dev");

  beforeAll(async () => {
    await deployment.start();
    // Reports go to standard output; the tests read them from files.
    jest.spyOn(process.stdout, "write").mockImplementation(() => true);
  }, 420_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    await deployment.stop();
  });

  it("deploys each environment as approved, finds and repairs what somebody changed, and plans nothing more", async () => {
    await Promise.all(
      environmentNames.map(async (name) => {
        const context = deployment.contextOf(name);
        const plan = join(deployment.project, ".keyless", "plans", name);
        expect(await planCommand([name], {}, context)).toBe(3);
        if (name === "dev") {
          await expect(deployCommand(name, { plan }, context)).rejects.toMatchObject({ reason: "needs-approval" });
          expect(deployment.twin.store.all().filter(({ stack }) => stack === name)).toEqual([]);
        }
        expect(await deployCommand(undefined, { plan, approve: true }, context)).toBe(0);
        if (name === "dev") expect(await planCommand([name], {}, context)).toBe(0);

        deployment.edit(name, provider, /aws-/, wide);
        deployment.edit(name, provider, /entra-/, { disabled: true });
        const intruder = deployment.letBecome(name, /asset-collector|batch-job/, "user:someone@example.com");
        const [markdownFile, jsonFile] = ["md", "json"].map((form) => join(deployment.project, `${name}.${form}`));
        if (markdownFile === undefined || jsonFile === undefined) throw new Error("two files were named");
        expect(await driftOfStacks([name], { markdownFile, jsonFile }, context)).toBe(3);
        expect(readFileSync(markdownFile, "utf8")).toContain(wide.attribute_condition);
        const report = readFileSync(jsonFile, "utf8");
        for (const path of [`${name}/aws/provider`, `${name}/entra/provider`]) expect(report).toContain(path);
        expect(report).toContain("gcloud iam service-accounts remove-iam-policy-binding");

        // Terraform takes back what it knows of; the other is taken away as the report says.
        deployment.twin.store.remove(name, intruder);
        await deployCommand(name, { approve: true }, context);
        expect(conditionOf(deployment, name)).toBe(declared(name));
        expect(await planCommand([name], {}, context)).toBe(0);
      }),
    );
    expect(deployment.answers).toContain("dev: deployed on twin");
  }, 420_000);

  it("finds no drift in what its own deploy-time steps have set", async () => {
    expect(await driftOfStacks(["dev"], {}, dev)).toBe(0);
  }, 420_000);

  it("makes a secret anew, and the old one goes last", async () => {
    await expect(planCommand(["dev"], { replace: ["dev/entra-login/pasword"] }, dev)).rejects.toThrow(
      "dev declares no resource dev/entra-login/pasword; expected a construct path or an address",
    );
    const passwords = () =>
      deployment.twin.store
        .ofType("azuread_application_password")
        .filter(({ stack }) => stack === "dev")
        .map(({ values }) => String(values["value"]));
    const before = passwords();
    expect(await planCommand(["dev"], { replace: ["dev/entra-login/password"] }, dev)).toBe(3);
    await deployCommand("dev", { plan: join(deployment.project, ".keyless", "plans", "dev"), approve: true }, dev);
    const [after = "", ...more] = passwords();
    expect([before.length, more, before.includes(after)]).toEqual([1, [], false]);
    const login = deployment.twin.store.find("google_iam_workforce_pool_provider", ({ stack }) => stack === "dev");
    expect(JSON.stringify(login?.values)).toContain(JSON.stringify(after));
  }, 420_000);

  it("gives a plan that is made again the fingerprint of the approved one, and refuses another", async () => {
    deployment.edit("dev", provider, /aws-/, wide);
    deployment.answers.length = 0;
    await planCommand(["dev"], { json: true }, dev);
    const [{ fingerprint }] = JSON.parse(deployment.answers.join("")).plans;
    await planCommand(["dev"], { expect: fingerprint }, dev);
    deployment.edit("dev", provider, /entra-/, { disabled: true });
    await expect(planCommand(["dev"], { expect: fingerprint }, dev)).rejects.toThrow(
      /^dev: this is not the plan that was approved: expected [0-9a-f]{64}, got [0-9a-f]{64}/,
    );
  }, 420_000);

  it("destroys with approval only, and prod once its protection is lifted", async () => {
    await expect(deployCommand("dev", { destroy: true }, dev)).rejects.toMatchObject({ exitCode: 3 });
    await Promise.all(
      (["dev", "staging"] as const).map((name) =>
        deployCommand(name, { destroy: true, approve: true }, deployment.contextOf(name)),
      ),
    );
    const left = deployment.twin.store.all().filter(({ type }) => type.startsWith("google_iam"));
    expect(new Set(left.map(({ stack }) => stack))).toEqual(new Set(["prod"]));
    await expect(deployCommand("prod", { destroy: true, approve: true }, deployment.contextOf("prod"))).rejects.toThrow(
      /Error: Instance cannot be destroyed[\s\S]*keyless destroy STACK --unprotect/,
    );
    const lifted = { destroy: true, unprotect: true };
    await expect(deployCommand("prod", lifted, deployment.contextOf("prod"))).rejects.toMatchObject({
      message: expect.stringMatching(/^prod: (lifting the protection|this plan) needs approval/),
    });
    await deployCommand("prod", { ...lifted, approve: true }, deployment.contextOf("prod"));
    expect(deployment.twin.store.all().filter(({ stack }) => stack === "prod")).toEqual([]);
  }, 420_000);

  it("says why what was deleted cannot be made again, and what to do", async () => {
    await expect(deployCommand("dev", { approve: true }, dev)).rejects.toThrow(
      /Error 409: Requested entity already exists[\s\S]*raise `generation`/,
    );
  }, 420_000);
});

(runsCdktf ? describeWithTerraform : describe.skip)("cdktf on the twin", () => {
  const deployment = new Deployment();
  const run = async (command: "deploy" | "destroy", stack: string, further: Readonly<Record<string, string>> = {}) => {
    const { workspace, narrator } = deployment.contextOf(stack);
    await cdktf(command, stack, {
      ...workspace,
      environment: { ...(await deployment.target.environmentOf(stack)), ...further },
      onLine: narrator.line,
    });
  };

  beforeAll(async () => {
    await deployment.start();
    jest.spyOn(process.stdout, "write").mockImplementation(() => true);
  }, 420_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    await deployment.stop();
  });

  it("deploys each environment without drift, repairs what somebody changed, and destroys it", async () => {
    await Promise.all(
      environmentNames.map(async (name) => {
        await run("deploy", name);
        const context = deployment.contextOf(name);
        if (name === "dev") {
          expect(await planCommand([name], {}, context)).toBe(0);
          expect(await driftOfStacks([name], {}, context)).toBe(0);
        }
        deployment.edit(name, provider, /aws-/, wide);
        await run("deploy", name);
        expect(conditionOf(deployment, name)).toBe(declared(name));
        const unprotected = withoutProtection(name);
        if (name === "prod") {
          await expect(run("destroy", name)).rejects.toThrow(/Instance cannot be destroyed/);
          await run("deploy", name, unprotected);
        }
        await run("destroy", name, unprotected);
        expect(deployment.twin.store.all().filter(({ stack }) => stack === name)).toEqual([]);
      }),
    );
    expect(deployment.said.join("\n")).toContain("Apply complete! Resources: 0 added, 1 changed, 0 destroyed.");
  }, 420_000);
});

describeWithTerraform("a twin that is served, and killed during a deployment", () => {
  const project = scratchProject();
  const home = new TwinHome(join(project, "twin"));
  const started: ChildProcess[] = [];
  afterAll(() => {
    for (const child of started) child.kill("SIGKILL");
    rmSync(project, { recursive: true, force: true });
  });

  const keyless = (...parameters: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, ["cli/keyless.cjs", ...parameters], {
      cwd: project,
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        KEYLESS_TWIN_DIRECTORY: home.directory,
        CDKTF_OUTDIR: join(project, "cdktf.out"),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    started.push(child);
    return child;
  };
  const serve = () => saying(keyless("twin"), "Ctrl-C ends it");
  const deploy = () => keyless("deploy", "dev", "--target", "twin", "--approve");

  it("agrees with the state again after the next deployment", async () => {
    const server = await serve();
    const interrupted = deploy();
    await saying(interrupted, "Creation complete", 30);
    const stopped = finished(interrupted);
    server.kill("SIGKILL");
    // Deploy-time steps would wait for minutes for the cloud to come back.
    interrupted.kill("SIGINT");
    expect(await stopped).toMatchObject({ code: 130, output: expect.stringContaining("dev: interrupted") });
    expect(existsSync(join(home.states, ".dev.tfstate.lock.info"))).toBe(false);

    const again = await serve();
    const { code, output } = await finished(deploy());
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    again.kill("SIGTERM");
    expect((await finished(again)).code).toBe(0);
    const state: { resources: { type: string; mode: string; instances: unknown[] }[] } = JSON.parse(
      readFileSync(join(home.states, "dev.tfstate"), "utf8"),
    );
    const inState = state.resources.flatMap(({ type, mode, instances }) =>
      mode === "managed" && type !== "terraform_data" ? instances.map(() => type) : [],
    );
    const kept: { resources: { stack: string; type: string }[] } = JSON.parse(
      readFileSync(join(home.directory, "resources.json"), "utf8"),
    );
    const inTwin = kept.resources.flatMap(({ stack, type }) =>
      stack === "dev" && /^(google|azuread)_/.test(type) ? [type] : [],
    );
    expect(inTwin.sort()).toEqual(inState.sort());
  }, 420_000);
});

/** The process, once it has said something so many times. */
function saying(child: ChildProcess, words: string, times = 1): Promise<ChildProcess> {
  return new Promise((done, fail) => {
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.split(words).length > times) done(child);
      });
    }
    child.on("close", () => fail(new Error(`ended early: ${said}`)));
  });
}

function finished(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  return new Promise((done) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("close", (code) => done({ code, output }));
  });
}
