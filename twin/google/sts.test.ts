import { AwsClient, IdentityPoolClient } from "google-auth-library";
import { cloudPlatformScope } from "../../facts/google-endpoints";
import { tokenExchangeErrors, tokenExchangeGrantType, tokenTypes } from "../../facts/token-exchange";
import type { AwsCredentials } from "../issuers/aws";
import { forkPullRequest } from "../issuers/github";
import { Issuer } from "../issuers/issuer";
import {
  account,
  audienceOf,
  entraAudience,
  type Google,
  poolName,
  startGoogle,
  workforceAudience,
  workforceClientId,
  workspaceClientId,
} from "./testing/google-fixture";

const github = audienceOf("github-dev-01");
const inSeconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset;

describe("the Security Token Service", () => {
  let google: Google;
  beforeAll(async () => {
    google = await startGoogle();
  });
  beforeEach(() => google.reset());
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => google.close());

  const refusalOf = async (audience: string, token: string, fields: Record<string, string> = {}) => {
    const { status, body, description } = await google.exchange(audience, token, fields);
    expect(status).toBe(400);
    expect(google.decisions.at(-1)).toMatchObject({ by: "sts", outcome: "refused", reason: description });
    return { error: body["error"], errorDescription: description };
  };
  const externalClient = (change: object = {}) =>
    new IdentityPoolClient({
      type: "external_account",
      audience: github,
      subject_token_type: tokenTypes.jwt,
      token_url: `${google.origin("sts")}/v1/token`,
      service_account_impersonation_url: `${google.origin("iamcredentials")}/v1/projects/-/serviceAccounts/${account("mcp-server-dev")}:generateAccessToken`,
      subject_token_supplier: { getSubjectToken: () => google.mainBranch() },
      ...change,
    });
  const awsClient = (credentials: AwsCredentials) =>
    new AwsClient({
      type: "external_account",
      audience: audienceOf("aws-dev-01"),
      subject_token_type: tokenTypes.awsRequest,
      token_url: `${google.origin("sts")}/v1/token`,
      aws_security_credentials_supplier: {
        getAwsRegion: async () => "eu-central-1",
        getAwsSecurityCredentials: async () => ({ ...credentials, token: credentials.sessionToken }),
      },
    });

  describe("admits", () => {
    it("a workflow of the main branch through google-auth-library's own client, as far as the dataset", async () => {
      const { token } = await externalClient().getAccessToken();
      const dataset = await google.readDataset(token ?? "");
      expect(dataset).toMatchObject({ status: 200, body: { id: "ailab-data-dev:dev_analytics" } });
    });

    it("a session on AWS through google-auth-library's own client", async () => {
      const credentials = google.aws.assumeRole({
        account: "210987654321",
        roleName: "asset-collector-dev",
        sessionName: "i-1",
      });
      const { token } = await awsClient(credentials).getAccessToken();
      expect(await google.become(token ?? "", account("mcp-server-dev"))).toMatchObject({ status: 200 });
    });

    it("a Workspace user, a broker's Entra token and a person of the workforce pool", async () => {
      const user = await google.accounts.userToken(
        { subject: "104857600123456780001", email: "desk-agent@ailab.com", hostedDomain: "ailab.com" },
        workspaceClientId,
      );
      const broker = await google.entra.sign({ aud: entraAudience, oid: "broker-oid", sub: "broker-oid", ver: "2.0" });
      const person = await google.entra.sign({ aud: workforceClientId, oid: "p1", ver: "2.0", groups: ["the-group"] });
      expect((await google.exchange(audienceOf("workspace-dev-01"), user)).status).toBe(200);
      expect((await google.exchange(audienceOf("entra-dev-01"), broker)).status).toBe(200);
      const workforce = await google.exchange(workforceAudience, person, { subject_token_type: tokenTypes.idToken });
      // The session of this pool is shorter than Google's hour.
      expect(workforce).toMatchObject({ status: 200, body: { expires_in: 900 } });
      expect((await google.become(workforce.issued, account("mcp-server-dev"))).status).toBe(200);
    });

    it("a request in JSON as well as in a form, and answers as RFC 8693 asks", async () => {
      const { status, headers, body } = await google.call(`${google.origin("sts")}/v1/token`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          grantType: tokenExchangeGrantType,
          audience: github,
          scope: cloudPlatformScope,
          requestedTokenType: tokenTypes.accessToken,
          subjectToken: await google.mainBranch(),
          subjectTokenType: tokenTypes.jwt,
        }),
      });
      expect(status).toBe(200);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(body).toEqual({
        access_token: expect.stringMatching(/^ya29\.d\.[\w-]{100,}$/),
        issued_token_type: tokenTypes.accessToken,
        token_type: "Bearer",
        expires_in: expect.any(Number),
      });
    });

    it("for no longer than the external token lives, and for an hour at most", async () => {
      const life = async (exp: number | undefined) => {
        const claims = { aud: entraAudience, oid: "x", ver: "2.0", iat: inSeconds(-5), exp };
        return (await google.exchange(audienceOf("entra-dev-01"), await google.entra.sign(claims))).body["expires_in"];
      };
      expect(await life(inSeconds(100))).toBeGreaterThan(97);
      expect(await life(inSeconds(100))).toBeLessThanOrEqual(100);
      expect(await life(inSeconds(86_400))).toBe(3600);
      expect(await life(inSeconds(-30))).toBe(1);
    });

    it("a token up to 60 seconds past its end or before its beginning", async () => {
      const sign = (claims: object) => google.entra.sign({ aud: entraAudience, oid: "x", ver: "2.0", ...claims });
      const audience = audienceOf("entra-dev-01");
      expect((await google.exchange(audience, await sign({ exp: inSeconds(-50) }))).status).toBe(200);
      expect((await google.exchange(audience, await sign({ iat: inSeconds(50), nbf: inSeconds(50) }))).status).toBe(
        200,
      );
      expect((await google.exchange(audience, await sign({ exp: inSeconds(-70) }))).status).toBe(400);
      expect((await google.exchange(audience, await sign({ iat: inSeconds(70) }))).status).toBe(400);
    });

    it("a token whose key is uploaded to the provider, whatever the issuer publishes", async () => {
      const unpublished = new Issuer("https://token.actions.githubusercontent.com");
      const address = "google_iam_workload_identity_pool_provider.github-dev-01";
      google.change(address, {
        oidc: [{ issuer_uri: unpublished.issuer, jwks_json: JSON.stringify(unpublished.jwks()) }],
      });
      const claims = {
        aud: github,
        sub: "s",
        repository_id: "712345678",
        repository_owner_id: "58213377",
        ref_type: "branch",
        event_name: "push",
      };
      expect((await google.exchange(github, await unpublished.sign(claims))).status).toBe(200);
      expect(await refusalOf(github, await google.mainBranch())).toEqual(tokenExchangeErrors.issuerUnreachable());
    });
  });

  describe("refuses in Google's words", () => {
    it("a fork's pull request, and another repository of the same owner", async () => {
      const base = {
        repositoryId: "712345678",
        repositoryName: "ailab/data-platform",
        ownerId: "58213377",
        ownerName: "ailab",
      };
      const pull = { number: 7, headRef: "main", baseRef: "main", actorName: "c", actorId: "9" };
      const fork = await google.github.tokenFor(forkPullRequest(base, pull), github);
      expect(await refusalOf(github, fork)).toEqual(tokenExchangeErrors.conditionRejected());
      const other = await google.mainBranch({ repositoryId: "712349999", repositoryName: "ailab/playground" });
      expect(await refusalOf(github, other)).toEqual(tokenExchangeErrors.conditionRejected());
    });

    it("an expired token, one from the future, and one without its times", async () => {
      const sign = (claims: object) => google.entra.sign({ aud: entraAudience, oid: "x", ver: "2.0", ...claims });
      const iat = inSeconds(-7200);
      const expired = await sign({ iat, exp: inSeconds(-3600) });
      expect(await refusalOf(audienceOf("entra-dev-01"), expired)).toEqual(tokenExchangeErrors.stale(String(iat)));
      for (const claims of [{ nbf: inSeconds(600) }, { exp: undefined }, { iat: undefined }, { exp: "tomorrow" }]) {
        const refusal = await refusalOf(audienceOf("entra-dev-01"), await sign(claims));
        expect(refusal.errorDescription).toContain("is stale to sign-in.");
      }
    });

    it("a token for another audience", async () => {
      const token = await google.mainBranch({}, "https://example.com");
      expect(await refusalOf(github, token)).toEqual(tokenExchangeErrors.audienceMismatch("https://example.com"));
    });

    it("a token of another issuer, known to the twin or not", async () => {
      const known = await google.accounts.userToken({ subject: "1", email: "a@ailab.com" }, github);
      expect(await refusalOf(github, known)).toEqual(tokenExchangeErrors.issuerMismatch("https://accounts.google.com"));
      const unknown = await new Issuer("https://issuer.example").sign({ aud: github, sub: "s" });
      expect(await refusalOf(github, unknown)).toEqual(tokenExchangeErrors.issuerMismatch("https://issuer.example"));
    });

    it("a forged signature, and a key that the issuer does not publish", async () => {
      const impostor = new Issuer("https://token.actions.githubusercontent.com");
      const kid = google.github.issuer.jwks().keys[0]?.kid;
      const claims = { aud: github, sub: "s", repository_id: "712345678" };
      expect(await refusalOf(github, await impostor.sign(claims, { header: { kid } }))).toEqual(
        tokenExchangeErrors.badSignature(),
      );
      expect(await refusalOf(github, await impostor.sign(claims))).toEqual(tokenExchangeErrors.issuerUnreachable());
    });

    it("an issuer that nothing answers for", async () => {
      const issuer = new Issuer("https://gitlab.example");
      google.change("google_iam_workload_identity_pool_provider.github-dev-01", {
        oidc: { issuer_uri: issuer.issuer },
      });
      const token = await issuer.sign({ aud: github, sub: "s" });
      expect(await refusalOf(github, token)).toEqual(tokenExchangeErrors.issuerUnreachable());
    });

    it("a subject over 127 bytes", async () => {
      const token = await google.entra.sign({ aud: entraAudience, oid: "0".repeat(128), ver: "2.0" });
      expect(await refusalOf(audienceOf("entra-dev-01"), token)).toEqual(tokenExchangeErrors.subjectTooLong());
    });

    it.each(["not-a-token", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30."])("what is no token: %s", async (text) => {
      expect(await refusalOf(github, text)).toEqual(tokenExchangeErrors.unparsable());
    });

    it("a token in another spelling, or without issuer or audience", async () => {
      expect(await refusalOf(github, `${await google.mainBranch()}=`)).toEqual(tokenExchangeErrors.unparsable());
      for (const claims of [{ sub: "s" }, { aud: [] }, { aud: 7 }, { aud: github, iss: undefined }]) {
        const token = await google.github.issuer.sign(claims);
        expect(await refusalOf(github, token)).toEqual(tokenExchangeErrors.unparsable());
      }
    });

    it("an unsigned token and one signed with the public key as a secret", async () => {
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const [, payload] = (await google.mainBranch()).split(".");
      const kid = google.github.issuer.jwks().keys[0]?.kid;
      for (const alg of ["none", "HS256", "PS256"]) {
        const token = `${part({ alg, kid })}.${payload}.${part("signature")}`;
        expect(await refusalOf(github, token)).toEqual(tokenExchangeErrors.badSignature());
      }
    });

    it("a pool or provider that is disabled or does not exist, also for a genuine token", async () => {
      const token = await google.mainBranch();
      expect(await refusalOf(audienceOf("github-dev-99"), token)).toEqual(tokenExchangeErrors.invalidTarget());
      for (const type of ["google_iam_workload_identity_pool_provider", "google_iam_workload_identity_pool"]) {
        google.reset();
        google.change(`${type}.github-dev-01`, { disabled: true });
        expect(await refusalOf(github, token)).toEqual(tokenExchangeErrors.invalidTarget());
      }
    });

    it("an audience that names no provider", async () => {
      const token = await google.mainBranch();
      for (const audience of [`//iam.googleapis.com/${poolName("github-dev-01")}`, "x", `https:${github}`]) {
        expect(await refusalOf(audience, token)).toEqual(tokenExchangeErrors.invalidAudience());
      }
    });

    it("a bad AWS request, and an AWS session of another account", async () => {
      const audience = audienceOf("aws-dev-01");
      const fields = { subject_token_type: tokenTypes.awsRequest };
      expect(await refusalOf(audience, "%7B%7D", fields)).toEqual(tokenExchangeErrors.badAwsRequest());
      const credentials = google.aws.assumeRole({ account: "999999999999", roleName: "r", sessionName: "s" });
      const token = await awsClient(credentials).retrieveSubjectToken();
      expect(await refusalOf(audience, token, fields)).toEqual(tokenExchangeErrors.badAwsRequest());
    });
  });

  it("counts a change of what is applied at the next request", async () => {
    const address = "google_iam_workload_identity_pool_provider.github-dev-01";
    expect((await google.exchange(github, await google.mainBranch())).status).toBe(200);
    google.change(address, { attribute_condition: "assertion.ref == 'refs/heads/release'" });
    expect(await refusalOf(github, await google.mainBranch())).toEqual(tokenExchangeErrors.conditionRejected());
  });

  it("goes on after the issuer changed its key, with the former key for a while", async () => {
    const before = await google.mainBranch();
    google.github.issuer.rotate();
    expect((await google.exchange(github, before)).status).toBe(200);
    expect((await google.exchange(github, await google.mainBranch())).status).toBe(200);
  });

  it("records who was admitted or refused why, and never a token", async () => {
    const token = await google.mainBranch();
    const { issued } = await google.exchange(github, token);
    await google.exchange(github, `${token}x`);
    await google.exchange("\u001b[2J//evil\r\n", token);
    expect(google.decisions[0]).toMatchObject({
      by: "sts",
      outcome: "allowed",
      request: `POST /v1/token for ${github}`,
    });
    const written = JSON.stringify(google.decisions);
    for (const secret of [token, issued, token.split(".")[2] ?? ""]) expect(written).not.toContain(secret);
    expect(google.decisions.at(-1)?.request).toBe("POST /v1/token for ?[2J//evil??");
  });
});
