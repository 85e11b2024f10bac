import { tokenExchangeErrors, tokenTypes } from "../../facts/token-exchange";
import { audienceOf, type Google, startGoogle } from "./testing/google-fixture";

const github = audienceOf("github-dev-01");

describe("the Security Token Service refuses a request", () => {
  let google: Google;
  beforeAll(async () => {
    google = await startGoogle();
    google.reset();
  });
  afterAll(() => google.close());

  const refusalOf = async (audience: string, token: string, fields: Record<string, string> = {}) => {
    const { status, body, description } = await google.exchange(audience, token, fields);
    expect(status).toBe(400);
    return { error: body["error"], errorDescription: description };
  };
  const post = (body: string, headers: Record<string, string> = {}) =>
    google.call(`${google.origin("sts")}/v1/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body,
    });

  it("with an Authorization header", async () => {
    const answer = await post("", { authorization: "Basic Y2xpZW50OnNlY3JldA==" });
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(answer.description).toContain("Authorization");
  });

  it.each(["audience", "scope", "requested_token_type", "subject_token", "subject_token_type", "grant_type"])(
    "without %s",
    async (name) => {
      expect(await refusalOf(github, "token", { [name]: "" })).toEqual(tokenExchangeErrors.missingParameter(name));
    },
  );

  it.each([
    ["requested_token_type", tokenTypes.jwt],
    ["subject_token_type", tokenTypes.saml2],
    ["scope", 'https://example.com/"quoted"'],
    ["options", "{"],
    ["options", '{"userProject":7}'],
  ])("with %s %s", async (name, value) => {
    const refusal = await refusalOf(github, "token", { [name]: value });
    expect(refusal).toEqual({ error: "invalid_request", errorDescription: `Invalid value for "${name}".` });
  });

  it("with another grant", async () => {
    const refusal = await refusalOf(github, "token", { grant_type: "client_credentials" });
    expect(refusal).toEqual(tokenExchangeErrors.unsupportedGrantType());
  });

  it("with a field twice, in a form or in both spellings of JSON", async () => {
    expect(await post("audience=a&audience=b")).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    const json = { "content-type": "application/json" };
    const twice = await post('{"grantType":"a","grant_type":"b"}', json);
    expect(twice.description).toBe("Expected every field at most once.");
  });

  it("with malformed JSON, another media type, a long body or bytes that are no UTF-8", async () => {
    const json = { "content-type": "application/json" };
    expect((await post("{", json)).description).toBe("Expected a body in JSON.");
    expect((await post("[]", json)).description).toBe("Expected a JSON object.");
    expect((await post("<xml/>", { "content-type": "text/xml" })).status).toBe(415);
    expect((await post("x".repeat(2_000_000))).status).toBe(413);
    const bytes = await google.call(`${google.origin("sts")}/v1/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new Uint8Array([0x61, 0x3d, 0xff]),
    });
    expect(bytes.description).toBe("Expected a body in UTF-8.");
  });

  it("at another path or by another method", async () => {
    expect((await google.call(`${google.origin("sts")}/v1/token`)).status).toBe(404);
    expect((await google.call(`${google.origin("sts")}/v1/other`, { method: "POST" })).status).toBe(404);
  });
});
