import { batchAccount, reportAccount } from "../testing/broker-fixture";
import type { FrontBroker } from "../testing/front-broker";
import { type Form, setUpTokenEndpoint, type TokenEndpointSetUp } from "../testing/token-endpoint";

let setUp: TokenEndpointSetUp;
let broker: FrontBroker;
beforeAll(async () => {
  setUp = await setUpTokenEndpoint();
});
afterAll(() => setUp.remove());
beforeEach(async () => {
  broker = await setUp.start({ acceptBearer: true });
});
afterEach(() => broker.close());

const ask = (form: Form | string, headers: Record<string, string> = setUp.clients.batchJob) =>
  broker.post("/oauth2/token", headers, typeof form === "string" ? form : new URLSearchParams(form));

describe("a broker that takes JWTs in place of certificates", () => {
  it("gives a token at both endpoints, and names issuer and subject in the audit", async () => {
    const authorization = `Bearer ${await setUp.issuer.sign("pipeline")}`;
    const got = await broker.get("/get_wif_token", { authorization });
    expect(await got.json()).toMatchObject({ account: reportAccount });
    const posted = await ask({ grant_type: "client_credentials" }, { authorization });
    expect(await posted.json()).toMatchObject({ account: reportAccount });
    expect(broker.audited()).toContainEqual(
      expect.objectContaining({ client: "pipeline", bearer: { issuer: setUp.issuer.issuer, subject: "pipeline" } }),
    );
    for (const part of authorization.split(".")) expect(broker.log()).not.toContain(part);
  });

  it("lets a certificate count before a token, and no token make a bad certificate good", async () => {
    const authorization = `Bearer ${await setUp.issuer.sign("pipeline")}`;
    const both = await broker.get("/get_wif_token", { ...setUp.clients.batchJob, authorization });
    expect(await both.json()).toMatchObject({ account: batchAccount });
    const unverified = { ...setUp.clients.batchJob, "x-client-cert-chain-verified": "false", authorization };
    expect((await broker.get("/get_wif_token", unverified)).status).toBe(401);
  });

  it("refuses a token that is not good", async () => {
    const authorization = `Bearer ${await setUp.issuer.sign("pipeline", { claims: { aud: "https://other" } })}`;
    const response = await broker.get("/get_wif_token", { authorization });
    expect(response.status).toBe(401);
    expect(broker.audited()).toEqual([expect.objectContaining({ reason: "jwt_audience" })]);
  });
});
