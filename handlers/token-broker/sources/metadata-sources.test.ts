import { tokenTypes } from "../../../facts/token-exchange";
import { ConfigurationError } from "../../runtime";
import { audience } from "../testing/broker-fixture";
import { type FakeService, type ServiceAnswer, startFakeService } from "../testing/fake-service";
import { sourceToolsAt, unsignedJwt } from "../testing/source-tools";
import { azureManagedIdentitySource } from "./azure-managed-identity";
import { githubActionsSource } from "./github-actions";
import { googleMetadataSource } from "./google-metadata";
import { urlSource } from "./url";

const signal = new AbortController().signal;
const exp = 1_900_000_000;
const jwt = unsignedJwt({ exp });

let service: FakeService;
let answer: ServiceAnswer;
beforeEach(async () => {
  service = await startFakeService(() => answer);
});
afterEach(() => service.close());

describe("the source of an Azure virtual machine", () => {
  const source = () =>
    azureManagedIdentitySource(
      { kind: "azure-managed-identity", resource: "api://app/x y", clientId: "7a1d0e52-3f0d-4a4e-9b52-2f2a6d3f9c01" },
      sourceToolsAt(service.origin),
    );

  it("asks the metadata service for the resource and takes the end that it tells", async () => {
    answer = { body: { access_token: jwt, expires_on: String(exp), expires_in: "86000", token_type: "Bearer" } };
    expect(await source().fetch(signal)).toEqual({
      token: jwt,
      type: tokenTypes.jwt,
      expiresAt: new Date(exp * 1000),
    });
    expect(service.requests).toEqual([
      expect.objectContaining({
        method: "GET",
        path: "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2Fapp%2Fx+y&client_id=7a1d0e52-3f0d-4a4e-9b52-2f2a6d3f9c01",
        headers: expect.objectContaining({ metadata: "true" }),
      }),
    ]);
  });

  it.each([
    [400, false],
    [404, true],
    [410, true],
    [429, true],
    [500, true],
  ])("passes the words of a %i on; may pass: %s", async (status, retryable) => {
    answer = { status, body: { error: "invalid_request", error_description: "Identity not found" } };
    await expect(source().fetch(signal)).rejects.toMatchObject({
      upstream: "azure-managed-identity",
      code: "invalid_request",
      description: "Identity not found",
      retryable,
    });
  });
});

describe("the source of a GitHub Actions job", () => {
  const inJob = (url: string) =>
    githubActionsSource(
      { kind: "github-actions", audience: "https://broker.ailab.com" },
      sourceToolsAt(service.origin, {
        ACTIONS_ID_TOKEN_REQUEST_URL: url,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
      }),
    );

  it("asks the job's service for a token of the audience", async () => {
    answer = { body: { count: 1, value: jwt } };
    const token = await inJob(`${service.origin}/idtoken?api-version=2.0`).fetch(signal);
    expect(token).toEqual({ token: jwt, type: tokenTypes.jwt, expiresAt: new Date(exp * 1000) });
    expect(service.requests[0]).toMatchObject({
      path: "/idtoken?api-version=2.0&audience=https%3A%2F%2Fbroker.ailab.com",
      headers: { authorization: "Bearer request-token" },
    });
  });

  it("does not start outside of a job, or with an address that a token may not travel to", () => {
    expect(() => inJob("http://example.com/idtoken")).toThrow(ConfigurationError);
    expect(() => githubActionsSource({ kind: "github-actions", audience: "x" }, sourceToolsAt(service.origin))).toThrow(
      "id-token: write",
    );
  });

  it("does not repeat what a failing service says, which may hold the request's token", async () => {
    answer = { status: 403, body: "bad token request-token" };
    const error: unknown = await inJob(service.origin)
      .fetch(signal)
      .catch((reason: unknown) => reason);
    expect(String(error)).toBe("UpstreamError: github-actions: http_403: no reason given");
  });
});

describe("the source of a Google virtual machine", () => {
  it("asks the metadata server for an ID token that the provider takes", async () => {
    answer = { body: `${jwt}\n` };
    const source = googleMetadataSource({ kind: "google-metadata" }, sourceToolsAt(service.origin));
    expect(await source.fetch(signal)).toEqual({
      token: jwt,
      type: tokenTypes.idToken,
      expiresAt: new Date(exp * 1000),
    });
    const path = new URL(service.requests[0]?.path ?? "", service.origin);
    expect(path.pathname).toBe("/computeMetadata/v1/instance/service-accounts/default/identity");
    expect(path.searchParams.get("audience")).toBe(`https:${audience}`);
    expect(service.requests[0]?.headers["metadata-flavor"]).toBe("Google");
  });

  it("says of a machine without a service account what to do", async () => {
    answer = { status: 404, body: "<html>not found</html>" };
    const source = googleMetadataSource({ kind: "google-metadata" }, sourceToolsAt(service.origin));
    await expect(source.fetch(signal)).rejects.toThrow(
      "google-metadata: http_404: the machine has no service account (what to do: attach one to the machine)",
    );
  });
});

describe("a source by URL", () => {
  const from = (jsonField?: string) =>
    urlSource(
      {
        kind: "url",
        url: `${service.origin}/token`,
        headers: { "X-Key": "k" },
        subjectTokenType: "id_token",
        ...(jsonField !== undefined && { jsonField }),
      },
      sourceToolsAt(service.origin),
    );

  it("takes the text, or a field of an object, and sends its headers", async () => {
    answer = { body: jwt };
    expect(await from().fetch(signal)).toMatchObject({ token: jwt, type: tokenTypes.idToken });
    answer = { body: { data: jwt } };
    expect(await from("data").fetch(signal)).toMatchObject({ token: jwt });
    expect(service.requests[0]?.headers["x-key"]).toBe("k");
  });

  it.each<[string, ServiceAnswer, string | undefined, string]>([
    ["an empty answer", { body: "\n" }, undefined, "expected a token, there is none"],
    ["two lines", { body: "a\nb" }, undefined, "expected a token without spaces and control characters"],
    ["no object", { body: "[]" }, "data", "expected a JSON object"],
    ["another field", { body: { date: jwt } }, "data", "expected a text in the field data"],
    ["an inherited field", { body: {} }, "toString", "expected a text in the field toString"],
    ["a number", { body: { data: 1 } }, "data", "expected a text in the field data"],
  ])("refuses %s", async (_, given, jsonField, description) => {
    answer = given;
    await expect(from(jsonField).fetch(signal)).rejects.toMatchObject({
      code: "malformed_response",
      description,
      retryable: false,
    });
  });
});
