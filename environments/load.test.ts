import { dev } from "./dev";
import { EnvironmentError, environmentNames, loadEnvironment, parseEnvironment } from "./load";

/** The development environment with one value replaced: `path` as `gateway.apps.0.path`. */
function devWith(path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(dev);
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let target = copy;
  for (const key of keys) target = Object(target)[key];
  if (value === undefined) delete Object(target)[last];
  else Object(target)[last] = value;
  return copy;
}

function problemsOf(input: unknown): readonly string[] {
  try {
    parseEnvironment(input, "environments/dev.ts");
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
}

describe("the environments", () => {
  it.each(environmentNames)("%s is well-formed and named as its file", (name) => {
    expect(loadEnvironment(name).name).toBe(name);
  });
});

describe("a broken environment file", () => {
  it.each<[path: string, value: unknown, problem: string]>([
    ["generation", "1", "generation: expected two digits, such as 01"],
    ["project.number", 710000000001, "project.number: expected string, got number"],
    ["project.id", "Ailab", "project.id: expected a project id: 6 to 30 of a-z, 0-9 and -, a letter first"],
    ["organizationId", undefined, "organizationId: expected string, got nothing"],
    ["colour", "blue", "colour: expected no such key"],
    [
      "federation.kubernetes",
      undefined,
      'directAccess["report-builder"].issuer: expected federation.kubernetes to be set',
    ],
    ["federation.kubernetes.issuerUri", "http://a.com", "federation.kubernetes.issuerUri: expected an https URL"],
    [
      "federation.kubernetes.serviceAccounts",
      [],
      "federation.kubernetes.serviceAccounts: expected at least one service account",
    ],
    ["workloads.batch-job.killSwitch", "yes", 'workloads["batch-job"].killSwitch: expected boolean, got string'],
    [
      "workloads.batch-job.window",
      { weekly: { timeZone: "UTC", hours: { from: 8.5, until: 9 } } },
      'workloads["batch-job"].window.weekly.hours.from: expected int, got number',
    ],
    [
      "approval",
      { requesters: ["nobody"], approvers: ["administrators"], roles: ["roles/x"], longestSeconds: 3600 },
      'approval.requesters[0]: expected a key of groups (employees, service-desk, marketing, asset-management, administrators), got "nobody"',
    ],
    ["gateway.apps.3.path", "service-desk", "gateway.apps[3].path: expected / or /one-segment"],
    ["gateway.apps.3.path", "/login", 'gateway.apps[3].path: expected a value of its own, got "/login" again'],
    ["gateway.apps.0.path", "/home", 'gateway.apps: expected an app with the path "/"'],
    ["gateway.apps.1.name", "landing", 'gateway.apps[1].name: expected a value of its own, got "landing" again'],
    [
      "gateway.apps.0.groups",
      ["everyone"],
      'gateway.apps[0].groups[0]: expected a key of groups (employees, service-desk, marketing, asset-management, administrators), got "everyone"',
    ],
    [
      "gateway.apps.0.groups",
      [],
      "gateway.apps[0].groups: expected at least one group: an app that nobody may open is a mistake",
    ],
    [
      "gateway.apps.3.image",
      "registry.example.com/desk:latest",
      "gateway.apps[3].image: expected an image by digest, ...@sha256:<64 hexadecimal digits>",
    ],
    [
      "gateway.apps.3.image",
      `registry.example.com/desk@sha256:${"0".repeat(64)}`,
      "gateway.apps[3].keepsRows: expected false beside image: the schema of an app's database comes from the image that is not used",
    ],
    ["gateway.machineDomain", "dev.ailab.com", "gateway.machineDomain: expected another host than gateway.domain"],
    ["groups.employees", "employees", "groups.employees: expected a lower-case UUID"],
    ["groups.service-desk", "desk", 'groups["service-desk"]: expected a lower-case UUID'],
    ["workforce.poolId", "ailab-people-dev-02", "workforce.poolId: expected it to end with the generation, -01"],
    ["workforce.sessionSeconds", 60, "workforce.sessionSeconds: expected at least 900 seconds"],
    ["federation.github.repositoryId", 712345678, "federation.github.repositoryId: expected string, got number"],
    ["federation.github.branches", [], "federation.github.branches: expected at least one branch name"],
    [
      "federation.github.branches",
      ["*"],
      "federation.github.branches[0]: expected the name of a branch, without refs/heads/",
    ],
    [
      "federation.github.branches",
      "main",
      'federation.github.branches: expected "any", or a list of at least one branch name',
    ],
    [
      "federation.googleWorkspace.people",
      ["administrator@ailab.com"],
      "federation.googleWorkspace.people[0]: expected a numeric id as a string",
    ],
    [
      "federation.googleWorkspace.people",
      "all",
      'federation.googleWorkspace.people: expected "everyone", or a list of at least one numeric subject, each a string',
    ],
    [
      "federation.github",
      undefined,
      'workloads["mcp-server"].becomes.github: expected federation.github to be set, or this to be false',
    ],
    [
      "workloads.batch-job.becomes.broker",
      false,
      "broker.clients[0].workloads[0]: expected workloads.batch-job.becomes.broker to be true",
    ],
    [
      "workloads.batch-job.account",
      "mcp-server-dev",
      'workloads["batch-job"].account: expected a value of its own, got "mcp-server-dev" again',
    ],
    [
      "broker.clients.0.match",
      {},
      "broker.clients[0].match: expected exactly one of spiffeId, dnsName, sha256Fingerprint",
    ],
    ["broker.clients.0.lifetimeSeconds", 3601, "broker.clients[0].lifetimeSeconds: expected at most 3600 seconds"],
    [
      "broker.clients.0.workloads",
      ["constructor"],
      'broker.clients[0].workloads[0]: expected a key of workloads (mcp-server, batch-job, asset-collector), got "constructor"',
    ],
    [
      "images",
      { tokenBroker: "registry.example/broker:latest" },
      "images.tokenBroker: expected an image by digest, ...@sha256:<64 hexadecimal digits>",
    ],
    ["images", { broker: "x" }, "images.broker: expected no such key"],
    ["state", { bucket: "" }, "state.bucket: expected the name of a Cloud Storage bucket"],
    ["state", "cloud", 'state: expected "local", or { bucket } with the name of a Cloud Storage bucket'],
  ])("says at %s what was expected", (path, value, problem) => {
    expect(problemsOf(devWith(path, value))[0]).toBe(`environments/dev.ts: ${problem}`);
  });

  it("has one line for each problem, and no line of its own making", () => {
    const input = { ...dev, project: { ...dev.project, region: "a\nb" }, "organization\nId": "x\ny" };
    const problems = problemsOf(input);
    expect(problems).toHaveLength(2);
    expect(problems.join("")).not.toContain("\n");
  });

  it.each([null, undefined, "dev", [], 1])("may be anything at all: %j", (input) => {
    expect(problemsOf(input)[0]).toMatch(/^environments\/dev\.ts: the environment: expected object/);
  });
});
