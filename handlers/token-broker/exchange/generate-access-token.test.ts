import { googleApiErrors } from "../../../facts/token-exchange";
import { accessTargetOf, batchAccount } from "../testing/broker-fixture";
import { generateAccessTokenRequest, processGenerateAccessTokenResponse } from "./generate-access-token";

const target = accessTargetOf(batchAccount, 900);
const now = new Date("2030-01-01T00:00:00Z");

describe("generateAccessTokenRequest", () => {
  it("asks for the grant's account, scopes and lifetime, and no more", () => {
    const request = generateAccessTokenRequest(target, "federated", "https://iam.example");
    expect(request.url).toBe(`https://iam.example/v1/projects/-/serviceAccounts/${batchAccount}:generateAccessToken`);
    expect(request.headers["authorization"]).toBe("Bearer federated");
    expect(JSON.parse(request.body ?? "")).toEqual({ scope: target.scopes, lifetime: "900s" });
  });
});

describe("processGenerateAccessTokenResponse", () => {
  const read = (status: number, body: unknown) => () =>
    processGenerateAccessTokenResponse({ status, body: JSON.stringify(body) }, target, {
      receivedAt: now,
      milliseconds: 0,
    });

  it("counts the life that is left", () => {
    expect(read(200, { accessToken: "t", expireTime: "2030-01-01T00:14:58.9Z" })()).toEqual({
      token: "t",
      lifetimeSeconds: 898,
    });
  });

  it("never counts more than was asked for, when this machine's clock is slow", () => {
    expect(read(200, { accessToken: "t", expireTime: "2030-01-01T01:00:00Z" })()).toMatchObject({
      lifetimeSeconds: 900,
    });
  });

  it("counts what was asked for from the sending of the request", () => {
    const answer = { status: 200, body: JSON.stringify({ accessToken: "t", expireTime: "2030-01-01T01:00:00Z" }) };
    expect(processGenerateAccessTokenResponse(answer, target, { receivedAt: now, milliseconds: 4_200 })).toMatchObject({
      lifetimeSeconds: 895,
    });
  });

  it("refuses a token that is over by this machine's clock", () => {
    expect(read(200, { accessToken: "t", expireTime: "2029-12-31T23:59:59Z" })).toThrow("set the clock");
  });

  it.each([
    ["no token", { expireTime: "2030-01-01T00:15:00Z" }],
    ["an empty token", { accessToken: "", expireTime: "2030-01-01T00:15:00Z" }],
    ["a token that would end a header", { accessToken: "t\r\nX-A: b", expireTime: "2030-01-01T00:15:00Z" }],
    ["no expiry", { accessToken: "t" }],
    ["an expiry that is no time", { accessToken: "t", expireTime: "later" }],
  ])("refuses a success with %s", (_, body) => {
    expect(read(200, body)).toThrow(expect.objectContaining({ code: "malformed_response" }));
  });

  it("passes on Google's words for a missing permission and does not retry", () => {
    const { httpStatus, status, message } = googleApiErrors.permissionDenied("iam.serviceAccounts.getAccessToken");
    expect(read(httpStatus, { error: { code: httpStatus, status, message } })).toThrow(
      expect.objectContaining({ code: "PERMISSION_DENIED", description: message, httpStatus: 403, retryable: false }),
    );
  });

  it.each([429, 503])("retries status %i", (status) => {
    const body = { error: { code: status, status: "UNAVAILABLE", message: "later" } };
    expect(read(status, body)).toThrow(expect.objectContaining({ code: "UNAVAILABLE", retryable: true }));
  });
});
