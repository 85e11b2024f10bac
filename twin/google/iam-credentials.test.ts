import { createLocalJWKSet, jwtVerify } from "jose";
import { cloudPlatformScope } from "../../facts/google-endpoints";
import { googleApiErrors } from "../../facts/token-exchange";
import { account, audienceOf, entraAudience, type Google, otherProject, startGoogle } from "./testing/google-fixture";

const mcpServer = account("mcp-server-dev");
const denied = googleApiErrors.permissionDenied("iam.serviceAccounts.getAccessToken");

describe("IAM Credentials", () => {
  let google: Google;
  let federated: string;
  beforeAll(async () => {
    google = await startGoogle();
  });
  beforeEach(async () => {
    google.reset();
    const { issued } = await google.exchange(audienceOf("github-dev-01"), await google.mainBranch());
    federated = issued;
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => google.close());

  const scope = [cloudPlatformScope];
  const expectError = (
    answer: { status: number; body: unknown },
    error: ReturnType<typeof googleApiErrors.notFound>,
  ) => {
    expect(answer.status).toBe(error.httpStatus);
    expect(answer.body).toEqual({
      error: { code: error.httpStatus, message: error.message, status: error.status },
    });
  };

  describe("generateAccessToken", () => {
    it("gives a token of the account for an hour, and its end to the second", async () => {
      const { status, body, issued } = await google.become(federated, mcpServer);
      expect(status).toBe(200);
      expect(issued).toMatch(/^ya29\.c\./);
      const expireTime = String(body["expireTime"]);
      expect(expireTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const life = (Date.parse(expireTime) - Date.now()) / 1000;
      expect(life).toBeGreaterThan(3595);
      expect(life).toBeLessThanOrEqual(3600);
    });

    it("gives the lifetime that is asked for, and the token ends then", async () => {
      const { issued } = await google.become(federated, mcpServer, { scope, lifetime: "300s" });
      const now = Date.now();
      const clock = jest.spyOn(Date, "now");
      clock.mockReturnValue(now + 295_000);
      expect((await google.readDataset(issued)).status).toBe(200);
      clock.mockReturnValue(now + 301_000);
      expect((await google.readDataset(issued)).status).toBe(401);
    });

    it("takes the account's unique id for its name", async () => {
      const id = google.store.find("google_service_account", ({ values }) => values["email"] === mcpServer);
      expect((await google.become(federated, String(id?.values["unique_id"]))).status).toBe(200);
    });

    it.each(["3601s", "43200s", "99999999999s"])("refuses a lifetime of %s", async (lifetime) => {
      expectError(await google.become(federated, mcpServer, { scope, lifetime }), googleApiErrors.lifetimeTooLong());
    });

    it.each(["0s", "-1s", "-0.5s"])("refuses a lifetime of %s", async (lifetime) => {
      expectError(
        await google.become(federated, mcpServer, { scope, lifetime }),
        googleApiErrors.lifetimeNotPositive(),
      );
    });

    it.each([
      ["lifetime", { scope, lifetime: "900" }],
      ["lifetime", { scope, lifetime: 900 }],
      ["scope", {}],
      ["scope", { scope: [] }],
      ["scope", { scope: "https://www.googleapis.com/auth/cloud-platform" }],
      ["delegates", { scope, delegates: ["projects/-/serviceAccounts/another"] }],
    ])("refuses a wrong %s", async (field, body) => {
      expectError(
        await google.become(federated, mcpServer, body),
        googleApiErrors.invalidArgument(`Invalid value at '${field}'.`),
      );
    });

    it("refuses an account that nobody lets the identity become, of this environment or another", async () => {
      expectError(await google.become(federated, account("batch-job-dev")), denied);
      expectError(await google.become(federated, account("mcp-server-prod", otherProject)), denied);
      expectError(await google.become(federated, account("no-such-account")), denied);
    });

    it("refuses an account to an identity that was another's pool, though the subject is the same", async () => {
      const token = await google.entra.sign({ aud: entraAudience, oid: "somebody-else", ver: "2.0" });
      const { issued } = await google.exchange(audienceOf("entra-dev-01"), token);
      expectError(await google.become(issued, account("batch-job-dev")), denied);
    });

    it("refuses a project in the place of the wildcard", async () => {
      const url = `${google.origin("iamcredentials")}/v1/projects/ailab-data-dev/serviceAccounts/${mcpServer}:generateAccessToken`;
      const headers = { authorization: `Bearer ${federated}` };
      const answer = await google.call(url, { method: "POST", headers, body: JSON.stringify({ scope }) });
      expect(answer).toMatchObject({ status: 400, body: { error: { status: "INVALID_ARGUMENT" } } });
    });

    it.each(["", "Bearer", "Bearer guessed", "Basic abc", "Bearer a, Bearer b"])(
      "refuses the Authorization header '%s'",
      async (authorization) => {
        const url = `${google.origin("iamcredentials")}/v1/projects/-/serviceAccounts/${mcpServer}:generateAccessToken`;
        const answer = await google.call(url, { method: "POST", headers: { authorization }, body: "{}" });
        expectError(answer, googleApiErrors.unauthenticated());
        expect(answer.headers.get("www-authenticate")).toContain("invalid_token");
      },
    );

    it("refuses a token whose scope does not reach it", async () => {
      const narrow = await google.exchange(audienceOf("github-dev-01"), await google.mainBranch(), {
        scope: "https://www.googleapis.com/auth/devstorage.read_only",
      });
      const answer = await google.become(narrow.issued, mcpServer);
      expect(answer).toMatchObject({
        status: 403,
        body: { error: { message: "Request had insufficient authentication scopes." } },
      });
    });

    it("refuses malformed JSON and other methods", async () => {
      expect(await google.become(federated, mcpServer, "{")).toMatchObject({ status: 400 });
      expect(await google.become(federated, mcpServer, "[]")).toMatchObject({ status: 400 });
      expect((await google.become(federated, mcpServer, {}, "signBlob")).status).toBe(404);
      expect((await google.become(federated, "%ff", {})).status).toBe(400);
    });

    it("stops with the pool, with the account and with the binding, not with the provider", async () => {
      const become = async () => (await google.become(federated, mcpServer)).status;
      google.change("google_iam_workload_identity_pool_provider.github-dev-01", { disabled: true });
      expect(await become()).toBe(200);
      google.change("google_iam_workload_identity_pool.github-dev-01", { disabled: true });
      expect(await become()).toBe(401);
      google.change("google_iam_workload_identity_pool.github-dev-01", { disabled: false });
      expect(await become()).toBe(200);
      google.change("google_service_account.mcp-server-dev", { disabled: true });
      expect(await become()).toBe(403);
      google.change("google_service_account.mcp-server-dev", { disabled: false });
      google.store.remove("dev", "google_service_account_iam_member.github");
      expect(await become()).toBe(403);
    });
  });

  describe("generateIdToken", () => {
    const generate = (body: object, name = mcpServer) => google.become(federated, name, body, "generateIdToken");

    it("gives an ID token of accounts.google.com for the audience, with the address only where asked", async () => {
      const { status, issued } = await generate({ audience: "https://app.example", includeEmail: true });
      expect(status).toBe(200);
      const { payload } = await jwtVerify(issued, createLocalJWKSet(google.accounts.issuer.jwks()), {
        issuer: "https://accounts.google.com",
        audience: "https://app.example",
      });
      expect(payload).toMatchObject({ email: mcpServer, email_verified: true, sub: payload["azp"] });
      const short = await generate({ audience: "https://app.example" });
      const plain = await jwtVerify(short.issued, createLocalJWKSet(google.accounts.issuer.jwks()));
      expect(plain.payload).not.toHaveProperty("email");
    });

    it("refuses a missing audience, and an account that the identity may not become", async () => {
      expectError(await generate({}), googleApiErrors.invalidArgument("Invalid value at 'audience'."));
      expectError(
        await generate({ audience: "x" }, account("batch-job-dev")),
        googleApiErrors.permissionDenied("iam.serviceAccounts.getOpenIdToken"),
      );
    });
  });

  it("records who became whom and who was refused, and never a token", async () => {
    const { issued } = await google.become(federated, mcpServer);
    await google.become(federated, account("batch-job-dev"));
    await google.become("guessed-token", mcpServer);
    const spoken = google.decisions.filter(({ by }) => by === "iamcredentials");
    expect(spoken.map(({ outcome }) => outcome)).toEqual(["allowed", "refused", "refused"]);
    expect(spoken[0]?.reason).toContain(`becomes ${mcpServer}`);
    const written = JSON.stringify(google.decisions);
    for (const secret of [federated, issued, "guessed-token"]) expect(written).not.toContain(secret);
  });
});
