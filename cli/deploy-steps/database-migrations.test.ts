import { runDeployStep } from "./run-deploy-step";
import {
  googleError,
  type ReceivedRequest,
  recordedDependencies,
  type ScriptedAnswer,
  type ScriptedGoogle,
  startScriptedGoogle,
} from "./scripted-google";

const job = "projects/example-dev/locations/europe-west4/jobs/apps-migrations";
const granted = { name: "0b1c", status: "DONE" };
const ran = { name: "projects/example-dev/locations/europe-west4/operations/1a2b", done: true };

let google: ScriptedGoogle | undefined;
afterEach(async () => {
  await google?.close();
  google = undefined;
});

async function run(
  answer: (request: ReceivedRequest, index: number) => ScriptedAnswer,
  changes: Record<string, string> = {},
) {
  google = await startScriptedGoogle(answer);
  const dependencies = recordedDependencies();
  const environment = {
    KEYLESS_PROJECT_ID: "example-dev",
    KEYLESS_REGION: "europe-west4",
    KEYLESS_DATABASE_INSTANCE: "apps-01",
    KEYLESS_DATABASE_LOGIN: "apps-migrations@example-dev.iam",
    KEYLESS_JOB: "apps-migrations",
    KEYLESS_IMAGE: "registry.example/app@sha256:0",
    KEYLESS_ENDPOINTS: JSON.stringify({ sqlAdmin: google.origin, cloudRun: google.origin }),
    ...changes,
  };
  const outcome = await runDeployStep("database-migrations", environment, dependencies).then(
    () => "done" as const,
    (error: unknown) => error,
  );
  return { outcome, requests: google.requests, ...dependencies };
}
const answers = (request: ReceivedRequest): ScriptedAnswer => ({ body: request.method === "PUT" ? granted : ran });

describe("the step that brings the apps' databases up to date", () => {
  it("lets the log-in make roles, and then runs the job", async () => {
    const { outcome, requests } = await run(answers);
    expect(outcome).toBe("done");
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "PUT /v1/projects/example-dev/instances/apps-01/users?name=apps-migrations%40example-dev.iam&databaseRoles=cloudsqlsuperuser",
      `POST /v2/${job}:run`,
    ]);
  });

  it("looks at both operations until they are done", async () => {
    const { outcome, requests } = await run((_request, index) => {
      if (index === 0) return { body: { ...granted, status: "PENDING" } };
      if (index === 1) return { body: granted };
      return { body: { ...ran, done: index > 2 } };
    });
    expect(outcome).toBe("done");
    expect(requests.map(({ method, path }) => `${method} ${path.split("?")[0]}`)).toEqual([
      "PUT /v1/projects/example-dev/instances/apps-01/users",
      "GET /v1/projects/example-dev/operations/0b1c",
      `POST /v2/${job}:run`,
      `GET /v2/${ran.name}`,
    ]);
  });

  it("does not run the job where the log-in was not changed", async () => {
    const { outcome, requests } = await run(() => ({
      body: { ...granted, error: { errors: [{ message: "no such role" }] } },
    }));
    expect(outcome).toMatchObject({ code: "refused", message: expect.stringContaining("no such role") });
    expect(requests).toHaveLength(1);
  });

  it("fails where the job fails, and says where to look", async () => {
    const { outcome } = await run((request) =>
      request.method === "PUT" ? { body: granted } : { body: { ...ran, error: { message: "exit code 1" } } },
    );
    expect(outcome).toMatchObject({ code: "refused", message: expect.stringMatching(/its log says why: exit code 1/) });
  });

  it("waits for rights that were given a moment ago", async () => {
    const { outcome, pauses } = await run((request, index) =>
      index === 0 ? googleError(403, "PERMISSION_DENIED", "no") : answers(request),
    );
    expect([outcome, pauses]).toEqual(["done", [1_000]]);
  });

  it.each([
    ["KEYLESS_DATABASE_INSTANCE", "../other"],
    ["KEYLESS_JOB", "a/b"],
    ["KEYLESS_DATABASE_LOGIN", "x&databaseRoles=y"],
    ["KEYLESS_REGION", "europe"],
  ])("asks nothing with %s=%s", async (name, value) => {
    const { outcome, requests } = await run(answers, { [name]: value });
    expect(outcome).toMatchObject({ code: "invalid-input", message: expect.stringContaining(name) });
    expect(requests).toEqual([]);
  });
});
