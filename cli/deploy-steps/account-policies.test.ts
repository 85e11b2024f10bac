import { readAccountPolicies } from "./account-policies";
import {
  type ReceivedRequest,
  recordedDependencies,
  type ScriptedAnswer,
  type ScriptedGoogle,
  startScriptedGoogle,
} from "./scripted-google";

const reader = "reader@p-dev.iam.gserviceaccount.com";
const writer = "writer@p-dev.iam.gserviceaccount.com";
const role = "roles/iam.workloadIdentityUser";

let google: ScriptedGoogle | undefined;
afterEach(async () => {
  await google?.close();
  google = undefined;
});

async function read(emails: readonly string[], answer: (request: ReceivedRequest, index: number) => ScriptedAnswer) {
  google = await startScriptedGoogle(answer);
  const environment = { KEYLESS_ENDPOINTS: JSON.stringify({ iam: google.origin }) };
  const dependencies = recordedDependencies();
  const outcome = await readAccountPolicies(emails, environment, dependencies).catch((error: unknown) => error);
  return { outcome, requests: google.requests, ...dependencies };
}

describe("policies of service accounts", () => {
  it("are read with their conditions, each once", async () => {
    const { outcome, requests } = await read([reader, writer], ({ path }) => ({
      body: path.includes(reader)
        ? {
            version: 3,
            etag: "x",
            bindings: [{ role, members: ["user:a", "user:b"], condition: { expression: "true" } }],
          }
        : { etag: "x" },
    }));
    expect(outcome).toEqual([
      { account: reader, role, member: "user:a", condition: "true" },
      { account: reader, role, member: "user:b", condition: "true" },
    ]);
    expect(requests.map(({ method, path, body }) => [method, path, body]).sort()).toEqual(
      [reader, writer].map((account) => [
        "POST",
        `/v1/projects/-/serviceAccounts/${account}:getIamPolicy`,
        '{"options":{"requestedPolicyVersion":3}}',
      ]),
    );
  });

  it("are those of none for an account that is gone", async () => {
    expect(await read([reader], () => ({ status: 404 }))).toMatchObject({ outcome: [], pauses: [] });
  });

  it.each([403, 429, 503])(
    "that are not given (%d) are an error at once: who only looks does not wait",
    async (status) => {
      const { outcome, requests, pauses } = await read([reader], () => ({ status }));
      expect(outcome).toMatchObject({
        code: "refused",
        message: expect.stringContaining("roles/iam.serviceAccountViewer"),
      });
      expect([requests.length, pauses]).toEqual([1, []]);
    },
  );

  it.each<ScriptedAnswer>([{ body: "no json" }, { body: { bindings: [{ members: "all" }] } }])(
    "in another form are refused: %j",
    async (answer) => {
      expect((await read([reader], () => answer)).outcome).toMatchObject({ code: "unexpected-answer" });
    },
  );
});
