import { runDeployStep } from "./run-deploy-step";
import {
  type ReceivedRequest,
  recordedDependencies,
  type ScriptedAnswer,
  type ScriptedGoogle,
  startScriptedGoogle,
} from "./scripted-google";

const agent = "service-710000000001@gcp-sa-iap.iam.gserviceaccount.com";
const finished = { name: "operations/finished.DONE_OPERATION", done: true, response: { email: agent, uniqueId: "1" } };

let google: ScriptedGoogle | undefined;
afterEach(async () => {
  await google?.close();
  google = undefined;
});

async function run(answer: (request: ReceivedRequest, index: number) => ScriptedAnswer) {
  google = await startScriptedGoogle(answer);
  const dependencies = recordedDependencies();
  const environment = {
    KEYLESS_PROJECT_NUMBER: "710000000001",
    KEYLESS_ENDPOINTS: JSON.stringify({ serviceUsage: google.origin }),
  };
  const outcome = await runDeployStep("iap-service-agent", environment, dependencies).then(
    () => "done" as const,
    (error: unknown) => error,
  );
  return { outcome, requests: google.requests, ...dependencies };
}

describe("the step that makes IAP's service agent exist", () => {
  it("asks once, with an empty body, and says which account there is", async () => {
    const { outcome, requests, lines } = await run(() => ({ body: finished }));
    expect(outcome).toBe("done");
    expect(requests).toMatchObject([
      {
        method: "POST",
        path: "/v1beta1/projects/710000000001/services/iap.googleapis.com:generateServiceIdentity",
        body: "",
      },
    ]);
    expect(lines.at(-1)).toBe(`iap-service-agent: ${agent} exists`);
  });

  it("looks at an operation that is under way until it is done", async () => {
    const { outcome, requests, pauses } = await run((_, index) =>
      index < 3 ? { body: { name: "operations/acat.p2-710000000001-x" } } : { body: finished },
    );
    expect(outcome).toBe("done");
    expect(requests.slice(1).map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(3).fill("GET /v1/operations/acat.p2-710000000001-x"),
    );
    expect(pauses).toEqual([2_000, 2_000, 2_000]);
  });

  it("gives up on an operation that never ends", async () => {
    const { outcome, pauses } = await run(() => ({ body: { name: "operations/acat.x", done: false } }));
    expect(outcome).toMatchObject({ code: "gave-up", message: expect.stringContaining("operations/acat.x") });
    expect(pauses.length).toBeLessThan(300);
  });

  it("waits for the interface of a project that was enabled a moment ago", async () => {
    const { outcome, pauses } = await run((_, index) => (index === 0 ? { status: 403 } : { body: finished }));
    expect(outcome).toBe("done");
    expect(pauses).toEqual([1_000]);
  });

  it("fails with the operation's own error", async () => {
    const { outcome } = await run(() => ({
      body: { ...finished, response: undefined, error: { message: "no such service" } },
    }));
    expect(outcome).toMatchObject({ code: "refused", message: expect.stringContaining("no such service") });
  });

  it("does not take another account for the agent", async () => {
    const { outcome } = await run(() => ({ body: { ...finished, response: { email: "evil@example.com" } } }));
    expect(outcome).toMatchObject({ code: "unexpected-answer" });
  });

  it("follows no operation to another path", async () => {
    const { outcome, requests } = await run(() => ({ body: { name: "operations/../../v1/projects/x", done: false } }));
    expect(outcome).toMatchObject({ code: "unexpected-answer" });
    expect(requests).toHaveLength(1);
  });
});
