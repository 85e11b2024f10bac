import { runDeployStep } from "./run-deploy-step";
import {
  googleError,
  type ReceivedRequest,
  recordedDependencies,
  type ScriptedAnswer,
  type ScriptedGoogle,
  startScriptedGoogle,
  testToken,
} from "./scripted-google";

const placeholder = "https://iap.googleapis.com/v1/oauth/clientIds/placeholder:handleRedirect";
const wanted = "https://iap.googleapis.com/v1/oauth/clientIds/b1946ac9-2b21-4f4e-8d5c-1c4bfa1f0f3e:handleRedirect";
const clientId = "b1946ac9-2b21-4f4e-8d5c-1c4bfa1f0f3e";
const path = "/v1/projects/example-dev/locations/global/oauthClients/people-gateway-01";

const inputs = {
  KEYLESS_PROJECT_ID: "example-dev",
  KEYLESS_OAUTH_CLIENT: "people-gateway-01",
  KEYLESS_OAUTH_CLIENT_ID: clientId,
};

let google: ScriptedGoogle | undefined;
afterEach(async () => {
  await google?.close();
  google = undefined;
});

async function run(
  answer: (request: ReceivedRequest, index: number) => ScriptedAnswer,
  changes: NodeJS.ProcessEnv = {},
) {
  google = await startScriptedGoogle(answer);
  const dependencies = recordedDependencies();
  const environment = { ...inputs, KEYLESS_ENDPOINTS: JSON.stringify({ iam: google.origin }), ...changes };
  const outcome = await runDeployStep("oauth-redirect-uri", environment, dependencies).then(
    () => "done" as const,
    (error: unknown) => error,
  );
  return { outcome, requests: google.requests, ...dependencies };
}

/** Google's client, as one that keeps what it is told. */
function oauthClientHolding(allowedRedirectUris: string[]) {
  let current = allowedRedirectUris;
  return ({ method, body }: ReceivedRequest): ScriptedAnswer => {
    if (method === "PATCH") current = JSON.parse(body).allowedRedirectUris;
    return { body: { name: path.slice(4), clientId, state: "ACTIVE", allowedRedirectUris: current } };
  };
}

describe("the step that sets the redirect URI", () => {
  it("replaces the placeholder by the URI with the client's own id", async () => {
    const { outcome, requests } = await run(oauthClientHolding([placeholder]));
    expect(outcome).toBe("done");
    expect(requests.map(({ method, path: asked }) => `${method} ${asked}`)).toEqual([
      `GET ${path}`,
      `PATCH ${path}?updateMask=allowedRedirectUris`,
    ]);
    expect(JSON.parse(requests[1]?.body ?? "")).toEqual({ allowedRedirectUris: [wanted] });
    expect(requests.map(({ headers }) => headers["authorization"])).toEqual(Array(2).fill(`Bearer ${testToken}`));
  });

  it("changes nothing where the URI stands already", async () => {
    const { outcome, requests } = await run(oauthClientHolding([wanted]));
    expect(outcome).toBe("done");
    expect(requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("takes out every other URI, which could receive a sign-in", async () => {
    const { outcome, requests } = await run(oauthClientHolding([wanted, "https://attacker.example/callback"]));
    expect(outcome).toBe("done");
    expect(JSON.parse(requests[1]?.body ?? "")).toEqual({ allowedRedirectUris: [wanted] });
  });

  it("waits for a client that is not known everywhere yet, with growing pauses", async () => {
    const client = oauthClientHolding([placeholder]);
    const { outcome, pauses, lines } = await run((request, index) =>
      index < 3 ? googleError(404, "NOT_FOUND", "Requested entity was not found.") : client(request),
    );
    expect(outcome).toBe("done");
    expect(pauses).toEqual([1_000, 2_000, 4_000]);
    expect(lines[0]).toMatch(
      /^oauth-redirect-uri: GET http\S+ answered 404 NOT_FOUND: Requested entity was not found\. .*trying again in 1 s, giving up in 420 s$/,
    );
  });

  it.each([403, 409, 429, 500, 503])("tries again after HTTP %i", async (status) => {
    const client = oauthClientHolding([placeholder]);
    const { outcome, pauses } = await run((request, index) =>
      index === 1 ? googleError(status, "STATUS", "later") : client(request),
    );
    expect(outcome).toBe("done");
    expect(pauses).toEqual([1_000]);
  });

  it("tries again after a connection that broke off", async () => {
    const client = oauthClientHolding([placeholder]);
    const { outcome, pauses } = await run((request, index) => (index === 0 ? { hangUp: true } : client(request)));
    expect(outcome).toBe("done");
    expect(pauses).toEqual([1_000]);
  });

  it.each([
    ["in seconds", "17"],
    ["as a date", "Thu, 01 Jan 2026 00:00:17 GMT"],
  ])("waits as long as Retry-After says %s", async (_, retryAfter) => {
    const client = oauthClientHolding([placeholder]);
    const { outcome, pauses } = await run((request, index) =>
      index === 0 ? { status: 429, headers: { "retry-after": retryAfter } } : client(request),
    );
    expect(outcome).toBe("done");
    expect(pauses).toEqual([17_000]);
  });

  it("gives up at once when it should wait longer than it may", async () => {
    const { outcome, pauses } = await run(() => ({ status: 503, headers: { "retry-after": "86400" } }));
    expect(outcome).toMatchObject({ code: "gave-up" });
    expect(pauses).toEqual([]);
  });

  it("gives up after seven minutes, says what was answered and which role it takes", async () => {
    const { outcome, pauses } = await run(() => googleError(403, "PERMISSION_DENIED", "Permission denied."));
    expect(outcome).toMatchObject({
      code: "gave-up",
      message: expect.stringMatching(
        /gave up: GET .* answered 403 PERMISSION_DENIED: Permission denied\. .*oauthClientAdmin/,
      ),
    });
    const waited = pauses.reduce((sum, pause) => sum + pause, 0);
    expect(waited).toBeLessThanOrEqual(420_000);
    expect(waited).toBeGreaterThan(380_000);
    expect(Math.max(...pauses)).toBe(30_000);
  });

  it.each([
    [400, "refused"],
    [401, "no-access-token"],
    [302, "refused"],
  ])("does not ask again after HTTP %i", async (status, code) => {
    const { outcome, requests } = await run(() => ({ status, headers: { location: "https://attacker.example/" } }));
    expect(outcome).toMatchObject({ code });
    expect(requests).toHaveLength(1);
  });

  it("stops at a client that is deleted and says what to do", async () => {
    const { outcome } = await run(() => ({ body: { clientId, state: "DELETED" } }));
    expect(outcome).toMatchObject({ code: "refused", message: expect.stringContaining("raise the generation") });
  });

  it("leaves a client with another generated id alone", async () => {
    const { outcome, requests } = await run(() => ({ body: { clientId: "another", allowedRedirectUris: [] } }));
    expect(outcome).toMatchObject({ code: "refused" });
    expect(requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("does not believe an update that shows no effect", async () => {
    const { outcome } = await run(() => ({ body: { clientId, allowedRedirectUris: [placeholder] } }));
    expect(outcome).toMatchObject({ code: "unexpected-answer" });
  });

  it.each([
    ["no JSON", "<html>"],
    ["an empty answer", ""],
    ["a list", []],
    ["a client without an id", { allowedRedirectUris: [] }],
    ["URIs that are no list", { clientId, allowedRedirectUris: "x" }],
  ])("refuses %s as an answer", async (_, body) => {
    const { outcome } = await run(() => ({ body }));
    expect(outcome).toMatchObject({ code: "unexpected-answer" });
  });

  it("shows no token, even where the service repeats it", async () => {
    const { outcome, lines } = await run((request) =>
      googleError(403, "PERMISSION_DENIED", `bad ${request.headers["authorization"]}\nforged line`),
    );
    const shown = [String(outcome), JSON.stringify(outcome), ...lines].join("\n");
    expect(shown).not.toContain(testToken);
    expect(lines.every((line) => !line.includes("\n"))).toBe(true);
    expect(lines[0]).toContain("[access token]");
  });

  it.each([
    ["KEYLESS_PROJECT_ID", ""],
    ["KEYLESS_PROJECT_ID", "../../other"],
    ["KEYLESS_OAUTH_CLIENT", "a/b"],
    ["KEYLESS_OAUTH_CLIENT_ID", "id:handleRedirect?x="],
    ["KEYLESS_OAUTH_CLIENT_ID", undefined],
  ])("refuses %s=%s before it asks anybody", async (variable, value) => {
    const { outcome, requests } = await run(oauthClientHolding([]), { [variable]: value });
    expect(outcome).toMatchObject({ code: "invalid-input", message: expect.stringContaining(`${variable}: `) });
    expect(requests).toEqual([]);
  });
});
