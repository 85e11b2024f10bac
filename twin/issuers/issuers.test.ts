import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { createGitHubIssuer, forkPullRequest, type WorkflowRun } from "./github";
import { createGoogleAccounts } from "./google-accounts";
import { publishedKeys } from "./testing/json-answer";
import { serveHost } from "./testing/serve-host";

const run: WorkflowRun = {
  repositoryId: "712345678",
  repositoryName: "ailab/data-platform",
  ownerId: "58213377",
  ownerName: "ailab",
  ref: "refs/heads/main",
  eventName: "push",
};

describe("GitHub's issuer", () => {
  const github = createGitHubIssuer();

  it("gives tokens of five minutes that verify with the keys at its real paths", async () => {
    const served = await serveHost(github.host);
    const discovery = await (await fetch(`${served.origin}/.well-known/openid-configuration`)).json();
    expect(discovery).toMatchObject({
      issuer: "https://token.actions.githubusercontent.com",
      jwks_uri: "https://token.actions.githubusercontent.com/.well-known/jwks",
    });
    const keys = await publishedKeys(`${served.origin}/.well-known/jwks`);
    expect((await fetch(`${served.origin}/.well-known/jwks`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${served.origin}/elsewhere`)).status).toBe(404);
    await served.close();

    const token = await github.tokenFor(run, "//iam.googleapis.com/audience");
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys));
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    expect(payload).toMatchObject({
      iss: "https://token.actions.githubusercontent.com",
      aud: "//iam.googleapis.com/audience",
      sub: "repo:ailab@58213377/data-platform@712345678:ref:refs/heads/main",
      repository: "ailab/data-platform",
      repository_id: "712345678",
      repository_owner: "ailab",
      repository_owner_id: "58213377",
      ref: "refs/heads/main",
      ref_type: "branch",
      event_name: "push",
      workflow_ref: "ailab/data-platform/.github/workflows/deploy.yml@refs/heads/main",
    });
  });

  it("gives ids as strings, as GitHub does", async () => {
    const claims = decodeJwt(await github.tokenFor(run, "any"));
    for (const name of ["repository_id", "repository_owner_id", "actor_id", "run_id", "run_number"]) {
      expect(typeof claims[name]).toBe("string");
    }
  });

  it("names the environment or the pull request in the subject instead of the ref", async () => {
    const subject = async (change: Partial<WorkflowRun>) =>
      decodeJwt(await github.tokenFor({ ...run, ...change }, "any")).sub;
    expect(await subject({ environment: "production" })).toMatch(/:environment:production$/);
    expect(await subject({ eventName: "pull_request", ref: "refs/pull/7/merge" })).toMatch(/:pull_request$/);
  });

  it("gives a fork's pull request the base repository's ids and the merge ref", async () => {
    const pull = { number: 12, headRef: "main", baseRef: "main", actorName: "contributor", actorId: "90210001" };
    const claims = decodeJwt(await github.tokenFor(forkPullRequest(run, pull), "any"));
    expect(claims).toMatchObject({
      repository_id: run.repositoryId,
      repository_owner_id: run.ownerId,
      ref: "refs/pull/12/merge",
      ref_type: "branch",
      event_name: "pull_request",
      head_ref: "main",
      actor_id: "90210001",
    });
  });
});

describe("Google's issuer of ID tokens", () => {
  const accounts = createGoogleAccounts();

  it("tells a Workspace user's domain and leaves it out for a private account", async () => {
    const account = { subject: "104857600123456780001", email: "desk-agent@ailab.com" };
    const workspace = decodeJwt(await accounts.userToken({ ...account, hostedDomain: "ailab.com" }, "client"));
    expect(workspace).toMatchObject({
      iss: "https://accounts.google.com",
      sub: account.subject,
      azp: "client",
      aud: "client",
      hd: "ailab.com",
      email_verified: true,
    });
    expect(decodeJwt(await accounts.userToken(account, "client"))).not.toHaveProperty("hd");
  });

  it("gives a service account whatever audience it asks for", async () => {
    const request = { uniqueId: "112233445566778899001", email: "a@b.iam.gserviceaccount.com", audience: "anything" };
    const full = decodeJwt(await accounts.serviceAccountToken({ ...request, includeEmail: true }));
    expect(full).toMatchObject({ aud: "anything", azp: request.uniqueId, sub: request.uniqueId, email: request.email });
    const short = decodeJwt(await accounts.serviceAccountToken({ ...request, includeEmail: false }));
    expect(short).not.toHaveProperty("email");
  });
});
