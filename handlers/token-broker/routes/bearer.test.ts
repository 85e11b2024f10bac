import { once } from "node:events";
import { request } from "node:http";
import { request as requestTls } from "node:https";
import { batchAccount, grantOf, reportAccount } from "../testing/broker-fixture";
import { createAuthority, issueLeaf } from "../testing/certificates";
import type { FrontBroker } from "../testing/front-broker";
import { startMutualTlsBroker } from "../testing/mutual-tls-broker";
import { brokerUrl, type Form, setUpTokenEndpoint, type TokenEndpointSetUp } from "../testing/token-endpoint";

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

  it("says that a bearer token would do, or that the one it was shown does not (RFC 6750 §3, RFC 6749 §5.2)", async () => {
    const none = await broker.get("/get_wif_token");
    expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    const bad = await ask({ grant_type: "client_credentials" }, { authorization: "Bearer a.b.c" });
    expect([bad.status, bad.headers.get("www-authenticate")]).toEqual([401, 'Bearer error="invalid_token"']);
  });

  it("refuses a token that is bound to a certificate, which whoever shows it has not shown", async () => {
    const claims = { cnf: { "x5t#S256": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0" } };
    const authorization = `Bearer ${await setUp.issuer.sign("pipeline", { claims })}`;
    expect((await broker.get("/get_wif_token", { authorization })).status).toBe(401);
    expect(broker.audited()).toEqual([expect.objectContaining({ reason: "jwt_bound" })]);
  });

  it("refuses two tokens, of which another reader might take the other one", async () => {
    const good = `Bearer ${await setUp.issuer.sign("pipeline")}`;
    const outgoing = request(`${broker.address}/get_wif_token`);
    outgoing.setHeader("authorization", [good, "Bearer a.b.c"]);
    outgoing.end();
    const [response] = await once(outgoing, "response");
    response.resume();
    expect(response.statusCode).toBe(400);
    expect(broker.audited()).toEqual([expect.objectContaining({ reason: "header_repeated" })]);
  });

  it("refuses a token that is not good", async () => {
    const authorization = `Bearer ${await setUp.issuer.sign("pipeline", { claims: { aud: "https://other" } })}`;
    const response = await broker.get("/get_wif_token", { authorization });
    expect(response.status).toBe(401);
    expect(broker.audited()).toEqual([expect.objectContaining({ reason: "jwt_audience" })]);
  });
});

describe("a broker with mutual TLS that takes JWTs as well", () => {
  it("takes one from a client without a certificate, and refuses at the handshake a certificate that is not good", async () => {
    const { issuer, jwks } = setUp.issuer;
    const jwksFile = broker.folder.write("jwks.json", JSON.stringify(jwks));
    const match = { jwt: { issuer, subject: "pipeline" } };
    const mutualTls = await startMutualTlsBroker({
      acceptBearer: true,
      tokenIssuers: [{ issuer, audience: brokerUrl, jwksFile }],
      policy: { clients: [{ name: "pipeline", match, grants: [grantOf(reportAccount)] }] },
    });
    const authorization = `Bearer ${await setUp.issuer.sign("pipeline")}`;
    const ask = async (
      identity: { readonly cert?: string; readonly key?: string },
      headers: { authorization?: string },
    ) => {
      const ca = mutualTls.folder.read("ca.pem");
      const outgoing = requestTls(`${mutualTls.broker}/get_wif_token`, { ca, ...identity, headers, agent: false });
      outgoing.end();
      const [response] = await once(outgoing, "response");
      let text = "";
      for await (const chunk of response) text += String(chunk);
      return [response.statusCode, JSON.parse(text)];
    };
    const own = { cert: mutualTls.folder.read("client.pem"), key: mutualTls.folder.read("client-key.pem") };
    const stranger = await issueLeaf(await createAuthority("Elsewhere"));
    expect(await ask({}, { authorization })).toEqual([200, expect.objectContaining({ account: reportAccount })]);
    expect(await ask({}, {})).toEqual([401, expect.objectContaining({ error: "invalid_client" })]);
    // Its certificate counts, and the policy does not know it.
    expect(await ask(own, { authorization })).toEqual([403, expect.objectContaining({ error: "access_denied" })]);
    expect(await ask({ cert: stranger.certificatePem, key: stranger.keyPem }, { authorization })).toEqual([
      401,
      expect.objectContaining({ error_description: "the client certificate does not chain to a trusted authority" }),
    ]);
    for (const part of authorization.split(".")) expect(mutualTls.log()).not.toContain(part);
    await mutualTls.close();
  });
});
