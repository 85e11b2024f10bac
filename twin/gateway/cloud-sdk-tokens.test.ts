import { createHash } from "node:crypto";
import { z } from "zod";
import { cloudSdkClientId, cloudSdkCodePage } from "../../facts/workforce";
import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import { change, pool, provider, sessionSeconds } from "./testing/gateway-resources";

const verifier = "v".repeat(64);
const challenge = createHash("sha256").update(verifier).digest("base64url");
const scope = "https://www.googleapis.com/auth/cloud-platform openid";
const asked = {
  response_type: "code",
  client_id: cloudSdkClientId,
  redirect_uri: cloudSdkCodePage,
  scope,
  state: "s",
  provider_name: provider,
  code_challenge: challenge,
  code_challenge_method: "S256",
};

let fixture: GatewayFixture;
beforeEach(async () => {
  fixture = await startGateway();
});
afterEach(() => fixture.close());

const authorize = (changes: Record<string, string> = {}) =>
  fixture.browser().open(`https://auth.cloud.google/authorize?${new URLSearchParams({ ...asked, ...changes })}`);
const codeIn = (body: string) => /<dt>Code<\/dt>\s*<dd>([\w-]+)<\/dd>/.exec(body)?.[1] ?? "";

const answerSchema = z.looseObject({
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
  scope: z.string().optional(),
  error: z.string().optional(),
});
async function ask(path: string, fields: Record<string, string>) {
  const response = await fixture.fetch(`${fixture.front.origin("sts.googleapis.com")}${path}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  });
  return answerSchema.parse(JSON.parse(await response.text()));
}
const redeem = (code: string, changes: Record<string, string> = {}) =>
  ask("/v1/oauthtoken", {
    grant_type: "authorization_code",
    code,
    redirect_uri: cloudSdkCodePage,
    code_verifier: verifier,
    ...changes,
  });

describe("the sign-in for gcloud", () => {
  it("ends with a code for the person, which is good for tokens of the scopes that were asked for, and says who it is", async () => {
    const answer = await redeem(codeIn((await authorize()).body));
    expect(answer.scope).toBe(scope);
    expect(answer.expires_in).toBeLessThanOrEqual(sessionSeconds);
    const found = await ask("/v1/introspect", { token: answer.access_token ?? "" });
    expect(found).toMatchObject({
      active: true,
      username: expect.stringMatching(new RegExp(`^principal://iam\\.googleapis\\.com/${pool}/subject/`)),
    });
  });

  it("hands the code to gcloud's own server where it has one", async () => {
    const visit = await authorize({ redirect_uri: "http://localhost:1/" });
    const sentTo = visit.hops.map(({ href }) => href).filter((href) => href.startsWith("http://localhost:1/"));
    expect(sentTo).toEqual([expect.stringMatching(/^http:\/\/localhost:1\/\?code=[\w-]+&state=s$/)]);
  });

  it.each([
    ["another client", { client_id: "c0000000-0000-4000-a000-000000000001" }],
    ["a redirect URI elsewhere", { redirect_uri: "https://evil.example/" }],
    ["a redirect URI that begins alike", { redirect_uri: "http://localhost:1/evil" }],
    ["no code challenge", { code_challenge: "" }],
    ["a plain code challenge", { code_challenge_method: "plain" }],
  ])("is refused with %s, and nobody is redirected", async (_what, changes) => {
    const visit = await authorize(changes);
    expect([visit.status, visit.hops]).toEqual([400, []]);
  });

  it("is refused where the pool is for browsers only, or is not there", async () => {
    expect((await authorize({ provider_name: `${provider}-b` })).status).toBe(403);
    const type = "google_iam_workforce_pool";
    const [found] = fixture.store.ofType(type);
    change(fixture.store, found?.address ?? "", { access_restrictions: [{ disable_programmatic_signin: true }] });
    const visit = await authorize();
    expect([visit.status, visit.body]).toEqual([403, expect.stringContaining("Programmatic sign-in is disabled.")]);
  });
});

describe("a code of gcloud's", () => {
  it("is good once", async () => {
    const code = codeIn((await authorize()).body);
    expect(await redeem(code)).toHaveProperty("access_token");
    expect(await redeem(code)).toMatchObject({ error: "invalid_grant" });
  });

  it.each([
    ["another verifier", { code_verifier: "w".repeat(64) }],
    ["no verifier", { code_verifier: "" }],
    ["another redirect URI", { redirect_uri: "http://localhost:1/" }],
  ])("is spent by an attempt with %s", async (_what, changes) => {
    const code = codeIn((await authorize()).body);
    expect(await redeem(code, changes)).toMatchObject({ error: "invalid_grant" });
    expect(await redeem(code)).toMatchObject({ error: "invalid_grant" });
  });
});

describe("a refresh token of gcloud's", () => {
  it("gives further tokens while the session lasts, and none that was made up", async () => {
    const { refresh_token = "" } = await redeem(codeIn((await authorize()).body));
    const refresh = (token: string) => ask("/v1/oauthtoken", { grant_type: "refresh_token", refresh_token: token });
    expect(await refresh(refresh_token)).toHaveProperty("access_token");
    expect(await refresh("made-up")).toMatchObject({ error: "invalid_grant" });
    expect(await ask("/v1/introspect", { token: "made-up" })).toEqual({ active: false });
    expect(await ask("/v1/oauthtoken", { grant_type: "password" })).toMatchObject({ error: "unsupported_grant_type" });
  });
});
