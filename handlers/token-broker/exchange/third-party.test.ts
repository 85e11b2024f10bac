import { IdentityPoolClient, Impersonated, OAuth2Client } from "google-auth-library";
import { tokenTypes } from "../../../facts/token-exchange";
import { accessTargetOf, audience, batchAccount, clientId, scope, tenantId } from "../testing/broker-fixture";
import { createEntraCertificate } from "../testing/certificates";
import { type FakeRequest, type FakeUpstreams, startFakeUpstreams } from "../testing/fake-upstreams";
import { unsignedJwt } from "../testing/source-tools";
import type { UpstreamRequest } from "../upstream/upstream-request";
import { generateAccessTokenRequest } from "./generate-access-token";
import { generateIdTokenRequest } from "./generate-id-token";
import { tokenExchangeRequest } from "./token-exchange";

let upstreams: FakeUpstreams;
beforeAll(async () => {
  const { certificatePem } = await createEntraCertificate();
  upstreams = await startFakeUpstreams({ tenantId, clientId, scope, audience, certificatePem });
});
afterAll(() => upstreams.close());

/** What counts of a request, whoever sends it. */
const form = (body = "") => Object.fromEntries(new URLSearchParams(body));
const json = (body = ""): unknown => JSON.parse(body);
const contentType = (headers: FakeRequest["headers"] | UpstreamRequest["headers"]) =>
  headers["content-type"]?.replace(/;.*/, "");
const pathOf = ({ url }: UpstreamRequest) => new URL(url).pathname;

describe("the chain's requests", () => {
  it("are those of google-auth-library for an external account that becomes a service account", async () => {
    const target = accessTargetOf(batchAccount, 900);
    const subject = upstreams.issue();
    const client = new IdentityPoolClient({
      type: "external_account",
      audience,
      subject_token_type: tokenTypes.jwt,
      token_url: `${upstreams.origin}/v1/token`,
      service_account_impersonation_url: `${upstreams.origin}/v1/projects/-/serviceAccounts/${batchAccount}:generateAccessToken`,
      service_account_impersonation: { token_lifetime_seconds: target.lifetimeSeconds },
      subject_token_supplier: { getSubjectToken: async () => subject },
    });
    client.scopes = target.scopes;
    expect((await client.getAccessToken()).token).toMatch(/^account-token-/);

    const [exchange] = upstreams.requests.securityTokenService;
    const ours = tokenExchangeRequest({ token: subject, type: tokenTypes.jwt }, audience, upstreams.origin);
    expect(form(ours.body)).toEqual(form(exchange?.body));
    expect([pathOf(ours), contentType(ours.headers)]).toEqual([exchange?.path, contentType(exchange?.headers ?? {})]);

    const [impersonation] = upstreams.requests.iamCredentials;
    const federated = impersonation?.headers.authorization?.replace("Bearer ", "") ?? "";
    const become = generateAccessTokenRequest(target, federated, upstreams.origin);
    expect(json(become.body)).toEqual(json(impersonation?.body));
    expect([pathOf(become), contentType(become.headers), become.headers["authorization"]]).toEqual([
      impersonation?.path,
      contentType(impersonation?.headers ?? {}),
      impersonation?.headers.authorization,
    ]);
  });

  it("are those of google-auth-library for an ID token of a service account", async () => {
    const sourceClient = new OAuth2Client();
    sourceClient.setCredentials({ access_token: "federated", expiry_date: Date.now() + 3_600_000 });
    const client = new Impersonated({ sourceClient, targetPrincipal: batchAccount, endpoint: upstreams.origin });
    upstreams.plan("iamCredentials", { status: 200, body: { token: unsignedJwt({ exp: 1_900_000_000 }) } });
    await client.fetchIdToken("https://reports.ailab.com", { includeEmail: true });

    const theirs = upstreams.requests.iamCredentials.at(-1);
    const target = { kind: "id_token", account: batchAccount, audience: "https://reports.ailab.com" } as const;
    const ours = generateIdTokenRequest(target, "federated", upstreams.origin);
    expect(json(theirs?.body)).toMatchObject({ audience: target.audience, includeEmail: true });
    expect(json(ours.body)).toEqual({ audience: target.audience, includeEmail: true });
    expect([pathOf(ours), ours.headers["authorization"]]).toEqual([theirs?.path, theirs?.headers.authorization]);
  });
});
