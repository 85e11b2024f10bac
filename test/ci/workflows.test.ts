import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { deployWorkflow } from "../../constructs/delivery";
import { environmentNames, loadEnvironment } from "../../environments/load";
import { type Job, readActionSteps, readWorkflow, type Step, type Workflow } from "./workflow";

const root = dirname(dirname(__dirname));
const folder = join(root, ".github", "workflows");
const names = readdirSync(folder);
const workflows = names.map((name): [string, Workflow] => [name, readWorkflow(join(folder, name))]);
const actionFile = join(root, ".github", "actions", "set-up", "action.yml");

const jobsOf = (workflow: Workflow): readonly [string, Job][] => Object.entries(workflow.jobs);
const allSteps: readonly Step[] = [
  ...workflows.flatMap(([, workflow]) => jobsOf(workflow).flatMap(([, { steps }]) => steps)),
  ...readActionSteps(actionFile),
];

it("are those of pull requests, deployments and drift", () => {
  expect([...names].sort()).toEqual(["deploy.yml", "drift.yml", "pull-request.yml"]);
});

describe("every step", () => {
  it("uses actions by a full commit, with the version beside it, or our own", () => {
    for (const file of [...names.map((name) => join(folder, name)), actionFile]) {
      const lines = readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line.includes("uses:"));
      for (const line of lines) {
        expect(line).toMatch(/uses: (\.\/\.github\/actions\/set-up|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
      }
    }
    const pinned = allSteps.flatMap(({ uses }) => (uses?.includes("@") ? [uses] : []));
    const byAction = new Map(pinned.map((uses) => [uses.split("@")[0], uses]));
    // One commit an action: nothing is left behind when one is raised.
    expect(new Set(pinned)).toEqual(new Set(byAction.values()));
  });

  it("has no expression in a script, where what a stranger wrote would be run", () => {
    for (const { run } of allSteps) expect(run ?? "").not.toContain("${{");
  });

  it("reads nothing that a stranger writes: titles, bodies, branch names", () => {
    const text = JSON.stringify(workflows);
    const read = text.match(/github\.(event[\w.]*|head_ref)/g) ?? [];
    expect([...new Set(read)].sort()).toEqual([
      "github.event.pull_request.base.sha",
      "github.event.pull_request.head.repo.full_name",
      "github.event.pull_request.head.sha",
      "github.event.pull_request.number",
    ]);
    expect(text).not.toContain("toJSON(github");
    expect(text).not.toContain("secrets.");
  });

  it("leaves no token behind in the checkout", () => {
    const checkouts = allSteps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const checkout of checkouts) expect(checkout.with?.["persist-credentials"]).toBe(false);
  });

  it("runs scripts that are there and may be run", () => {
    const scripts = allSteps.flatMap(({ run }) => run?.match(/\bci\/[\w.-]+/g) ?? []);
    expect(new Set(scripts).size).toBe(6);
    for (const script of scripts) {
      expect([script, existsSync(join(root, script))]).toEqual([script, true]);
      if (script.endsWith(".sh")) expect(statSync(join(root, script)).mode & 0o111).toBe(0o111);
    }
  });
});

describe.each(workflows)("%s", (_, workflow) => {
  it("starts from no permission, and gives each job only what it needs", () => {
    expect(workflow.permissions).toEqual({});
    for (const [, { permissions }] of jobsOf(workflow)) {
      expect(permissions["contents"]).toBe("read");
      const written = Object.entries(permissions).flatMap(([scope, access]) => (access === "write" ? [scope] : []));
      expect(written.length).toBeLessThanOrEqual(1);
      expect(["id-token", "pull-requests", "issues", undefined]).toContain(written[0]);
    }
  });

  it("is never started by what lets a fork's input meet our rights", () => {
    for (const event of ["pull_request_target", "workflow_run", "issue_comment", "issues", "repository_dispatch"]) {
      expect(workflow.on).not.toHaveProperty(event);
    }
  });

  it("never cancels what changes the cloud", () => {
    const changes = jobsOf(workflow).some(([, { environment }]) => environment !== undefined);
    expect(workflow.concurrency["cancel-in-progress"] && changes).toBe(false);
  });

  it("uploads reports only, never a plan", () => {
    const uploads = jobsOf(workflow)
      .flatMap(([, { steps }]) => steps)
      .filter(({ uses }) => uses?.startsWith("actions/upload-artifact@"));
    for (const upload of uploads) {
      expect(String(upload.with?.["path"])).toMatch(/^\$\{\{ runner\.temp \}\}\/(review\.md|reports)$/);
    }
  });
});

describe("the job that writes", () => {
  const writing = workflows.flatMap(([, workflow]) =>
    jobsOf(workflow).filter(
      ([, { permissions }]) => permissions["pull-requests"] === "write" || permissions["issues"] === "write",
    ),
  );

  it("holds no credential of a cloud and installs nothing", () => {
    expect(writing.map(([name]) => name).sort()).toEqual(["comment", "issue"]);
    for (const [, { permissions, steps }] of writing) {
      expect(permissions).not.toHaveProperty("id-token");
      expect(JSON.stringify(steps)).not.toMatch(/set-up|npm |vars\./);
    }
  });

  it("runs the script of the branch that is merged into, where a pull request could bring its own", () => {
    const [, comment] = writing.find(([name]) => name === "comment") ?? [];
    expect(comment?.steps[0]?.with?.["ref"]).toMatch(/^\$\{\{ github\.event\.pull_request\.base\.sha \}\}$/);
  });
});

describe("the deployment", () => {
  const deploy = readWorkflow(join(root, deployWorkflow));

  it("goes from environment to environment, each in its own GitHub environment after its own plan", () => {
    const chain = environmentNames.flatMap((name) => [`plan-${name}`, `deploy-${name}`]);
    expect(Object.keys(deploy.jobs)).toEqual(chain);
    chain.forEach((name, index) => {
      expect(deploy.jobs[name]?.needs).toBe(chain[index - 1]);
      expect(deploy.jobs[name]?.environment).toBe(
        name.startsWith("deploy-") ? name.slice("deploy-".length) : undefined,
      );
    });
  });

  it("runs on the branch that the deploying identity admits, by events that it admits", () => {
    expect(Object.keys(deploy.on).sort()).toEqual(["push", "workflow_dispatch"]);
    for (const name of environmentNames) {
      expect(deploy.on["push"]).toEqual({ branches: [loadEnvironment(name).ci?.branch] });
    }
  });

  it("applies only what was approved: the fingerprint of the plan before", () => {
    for (const name of environmentNames) {
      const [last] = deploy.jobs[`deploy-${name}`]?.steps.slice(-1) ?? [];
      expect(last?.env).toEqual({ FINGERPRINT: `\${{ needs.plan-${name}.outputs.fingerprint }}` });
      expect(deploy.jobs[`deploy-${name}`]?.if).toContain(`needs.plan-${name}.outputs.changes == 'true'`);
    }
  });
});

describe("the pull request's plan", () => {
  it("is not made for a fork", () => {
    const { jobs } = readWorkflow(join(folder, "pull-request.yml"));
    expect(jobs["plan"]?.if).toBe("github.event.pull_request.head.repo.full_name == github.repository");
    const holders = Object.entries(jobs).filter(([, { permissions }]) => permissions["id-token"] === "write");
    expect(holders.map(([name]) => name)).toEqual(["plan"]);
  });
});

const actionlint = spawnSync("actionlint", ["-version"]).status === 0;
if (!actionlint) process.stderr.write("Skipped: actionlint, since it is not installed on this machine.\n");
(actionlint ? it : it.skip)("actionlint finds nothing", () => {
  const { status, stdout } = spawnSync("actionlint", ["-no-color"], { cwd: root, encoding: "utf8" });
  expect([status, stdout]).toEqual([0, ""]);
});
