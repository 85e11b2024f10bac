import { tokenExchangeErrors } from "../../../facts/token-exchange";
import { audience } from "../testing/broker-fixture";
import { processTokenExchangeResponse, tokenExchangeRequest } from "./token-exchange";

describe("tokenExchangeRequest", () => {
  const request = tokenExchangeRequest({ token: "external", type: "urn:example" }, audience, "https://sts.example");

  it("has the parameters of RFC 8693 as Google names them", () => {
    expect(request.url).toBe("https://sts.example/v1/token");
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      audience,
      scope: "https://www.googleapis.com/auth/cloud-platform",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token: "external",
      subject_token_type: "urn:example",
    });
  });

  it("carries no Authorization header and no token in the address", () => {
    expect(Object.keys(request.headers)).toEqual(["content-type", "accept"]);
    expect(request.url).not.toContain("external");
  });
});

describe("processTokenExchangeResponse", () => {
  const read = (status: number, body: unknown) => () =>
    processTokenExchangeResponse({ status, body: typeof body === "string" ? body : JSON.stringify(body) });
  const success = {
    access_token: "federated",
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: 3599,
  };

  it("gives the federated token with its life, also where the answer leaves that out", () => {
    expect(read(200, success)()).toEqual({ token: "federated", lifetimeSeconds: 3599 });
    expect(read(200, { ...success, expires_in: undefined })()).toEqual({
      token: "federated",
      lifetimeSeconds: undefined,
    });
  });

  it.each([
    ["an empty body", ""],
    ["an empty object", {}],
    ["an empty token", { ...success, access_token: "" }],
    ["a token that would end a header", { ...success, access_token: "a\r\nX-A: b" }],
    ["a token of another type", { ...success, issued_token_type: "urn:ietf:params:oauth:token-type:id_token" }],
    ["another token type", { ...success, token_type: "N_A" }],
    ["a life that is none", { ...success, expires_in: "soon" }],
    ["an error in a success", { error: "invalid_grant" }],
  ])("refuses a success with %s", (_, body) => {
    expect(read(200, body)).toThrow(expect.objectContaining({ code: "malformed_response", retryable: false }));
  });

  it.each([
    ["invalidTarget", tokenExchangeErrors.invalidTarget()],
    ["conditionRejected", tokenExchangeErrors.conditionRejected()],
    ["stale", tokenExchangeErrors.stale("1")],
    ["badSignature", tokenExchangeErrors.badSignature()],
    ["subjectTooLong", tokenExchangeErrors.subjectTooLong()],
  ])("passes on Google's words for %s and does not retry", (_, { error, errorDescription }) => {
    expect(read(400, { error, error_description: errorDescription })).toThrow(
      expect.objectContaining({ code: error, description: errorDescription, retryable: false, httpStatus: 400 }),
    );
  });

  it("retries when Google could not reach the issuer, though the status is 400", () => {
    const { error, errorDescription } = tokenExchangeErrors.issuerUnreachable();
    expect(read(400, { error, error_description: errorDescription })).toThrow(
      expect.objectContaining({ retryable: true }),
    );
  });

  it.each([429, 500, 502, 503])("retries status %i", (status) => {
    expect(read(status, "upstream connect error")).toThrow(
      expect.objectContaining({ code: `http_${status}`, retryable: true }),
    );
  });
});
