import { runDeployStep } from "./run-deploy-step";
import {
  googleError,
  type ReceivedRequest,
  recordedDependencies,
  type ScriptedAnswer,
  type ScriptedGoogle,
  startScriptedGoogle,
} from "./scripted-google";

const path = "/v1/projects/example-dev/locations/global/oauthClients/people-gateway-01/credentials/people-gateway-01";

let google: ScriptedGoogle | undefined;
afterEach(async () => {
  await google?.close();
  google = undefined;
});

async function run(answer: (request: ReceivedRequest, index: number) => ScriptedAnswer) {
  google = await startScriptedGoogle(answer);
  const dependencies = recordedDependencies();
  const environment = {
    KEYLESS_PROJECT_ID: "example-dev",
    KEYLESS_OAUTH_CLIENT: "people-gateway-01",
    KEYLESS_OAUTH_CREDENTIAL: "people-gateway-01",
    KEYLESS_ENDPOINTS: JSON.stringify({ iam: google.origin }),
  };
  await runDeployStep("oauth-credential-disable", environment, dependencies);
  return { requests: google.requests, ...dependencies };
}

describe("the step before a credential is deleted", () => {
  it("disables it", async () => {
    const { requests } = await run(() => ({ body: { disabled: false } }));
    expect(requests.map(({ method, path: asked, body }) => [method, asked, body])).toEqual([
      ["GET", path, ""],
      ["PATCH", `${path}?updateMask=disabled`, '{"disabled":true}'],
    ]);
  });

  it("leaves one alone that is disabled already", async () => {
    const { requests } = await run(() => ({ body: { disabled: true } }));
    expect(requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("is content with one that is gone, without waiting for it", async () => {
    const { requests, pauses } = await run(() => googleError(404, "NOT_FOUND", "gone"));
    expect(requests).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  it("never shows the credential's secret", async () => {
    const { lines } = await run(() => ({ body: { disabled: false, clientSecret: "GOCSPX-secret" } }));
    expect(lines.join("\n")).not.toContain("GOCSPX");
  });
});
