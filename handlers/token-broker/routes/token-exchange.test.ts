import { tokenExchangeGrantType, tokenTypes } from "../../../facts/token-exchange";
import { batchAccount, reportAccount } from "../testing/broker-fixture";
import type { FrontBroker } from "../testing/front-broker";
import {
  answerSchema,
  brokerUrl,
  type Form,
  peerAudience,
  setUpTokenEndpoint,
  type TokenEndpointSetUp,
} from "../testing/token-endpoint";

let setUp: TokenEndpointSetUp;
let broker: FrontBroker;
beforeAll(async () => {
  setUp = await setUpTokenEndpoint();
});
afterAll(() => setUp.remove());
beforeEach(async () => {
  broker = await setUp.start();
});
afterEach(() => broker.close());

const ask = (form: Form | string, headers: Record<string, string> = setUp.clients.batchJob) =>
  broker.post("/oauth2/token", headers, typeof form === "string" ? form : new URLSearchParams(form));

describe("POST /oauth2/token, token exchange", () => {
  const exchange = async (changes: Form = {}) => ({
    grant_type: tokenExchangeGrantType,
    client_id: "batch job",
    subject_token: await setUp.issuer.sign("pipeline"),
    subject_token_type: tokenTypes.jwt,
    ...changes,
  });

  it("gives the subject's token to a client that may exchange, and writes both down", async () => {
    const response = await ask(await exchange());
    expect(await response.json()).toMatchObject({ issued_token_type: tokenTypes.accessToken, account: reportAccount });
    expect(broker.upstreams.requests.iamCredentials[0]?.body).toContain('"900s"');
    expect(broker.audited()).toEqual([
      expect.objectContaining({ client: "batch job", subject: "pipeline", account: reportAccount }),
    ]);
    expect(broker.log()).not.toContain("eyJ");
  });

  it("names in a token of its own who acts for whom", async () => {
    const response = await ask(await exchange({ requested_token_type: tokenTypes.jwt, audience: peerAudience }));
    const { access_token } = answerSchema.parse(await response.json());
    const [, payload = ""] = access_token.split(".");
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({
      sub: "pipeline",
      client_id: "batch job",
      act: { sub: "batch job" },
    });
  });

  it.each<[string, () => Promise<Form>, Record<string, string> | undefined, number, string, string]>([
    ["no subject token", () => exchange({ subject_token: "" }), undefined, 400, "invalid_request", "parameter_missing"],
    [
      "no type of it",
      () => exchange({ subject_token_type: "" }),
      undefined,
      400,
      "invalid_request",
      "parameter_missing",
    ],
    [
      "another type",
      () => exchange({ subject_token_type: tokenTypes.accessToken }),
      undefined,
      400,
      "invalid_request",
      "subject_token_type_unsupported",
    ],
    [
      "an actor token",
      () => exchange({ actor_token: "x" }),
      undefined,
      400,
      "invalid_request",
      "actor_token_unsupported",
    ],
    [
      "a subject token of a stranger",
      async () => exchange({ subject_token: await setUp.issuer.sign("stranger") }),
      undefined,
      400,
      "invalid_request",
      "subject_token_refused",
    ],
    [
      "an expired subject token",
      async () => exchange({ subject_token: await setUp.issuer.sign("pipeline", { now: 0 }) }),
      undefined,
      400,
      "invalid_request",
      "subject_token_refused",
    ],
    [
      "an account that is the client's and not the subject's",
      () => exchange({ account: batchAccount }),
      undefined,
      400,
      "invalid_target",
      "account_not_granted",
    ],
    [
      "a client that may not exchange",
      () => exchange({ client_id: "report server" }),
      { report: "server" },
      400,
      "unauthorized_client",
      "grant_type_not_granted",
    ],
  ])("refuses %s", async (_, form, other, status, error, reason) => {
    const response = await ask(await form(), other === undefined ? setUp.clients.batchJob : setUp.clients.reportServer);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
    expect(broker.audited()).toEqual([expect.objectContaining({ reason })]);
  });

  it("answers an outage of the issuer's keys as one, for the same token will be good again", async () => {
    await broker.close();
    const { issuer } = setUp.issuer;
    const jwksUri = "http://127.0.0.1:9/jwks";
    broker = await setUp.start({ tokenIssuers: [{ issuer, audience: brokerUrl, jwksUri }] });
    const response = await ask(await exchange());
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ error: "temporarily_unavailable" });
    expect(broker.audited()).toEqual([expect.objectContaining({ reason: "jwt_keys_unavailable" })]);
  });

  it("does not take a JWT for a certificate where that is not allowed", async () => {
    const authorization = `Bearer ${await setUp.issuer.sign("pipeline")}`;
    expect((await broker.get("/get_wif_token", { authorization })).status).toBe(401);
  });
});
