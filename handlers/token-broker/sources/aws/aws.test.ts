import { AwsClient } from "google-auth-library";
import { z } from "zod";
import { tokenTypes } from "../../../../facts/token-exchange";
import { audience } from "../../testing/broker-fixture";
import { type FakeService, type ServiceRequest, startFakeService } from "../../testing/fake-service";
import { sourceToolsAt } from "../../testing/source-tools";
import { awsSource, callerIdentityToken } from "./caller-identity";
import { signedHeaders } from "./signature";

const query = "Action=GetCallerIdentity&Version=2011-06-15";

const signal = new AbortController().signal;
const credentials = {
  accessKeyId: "ASIARD4OQDT6A77FR3CL",
  secretAccessKey: "Y8AfSaucF37G4PpvfguKZ3/l7Id4uocLXxX0+VTx",
  sessionToken: "IQoJb3JpZ2luX2VjEIz//////////wEaCXVzLWVhc3QtMiJGMEQCIH7MHX/Oy/OB8OlLQa9GrqU1B914+iMikqWQW7vPCKlgAiA=",
};
const environment = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
};
const serialized = z.strictObject({
  url: z.string(),
  method: z.literal("POST"),
  headers: z.array(z.strictObject({ key: z.string(), value: z.string() })),
});

function read(token: string) {
  const { headers, ...request } = serialized.parse(JSON.parse(decodeURIComponent(token)));
  return { ...request, headers: Object.fromEntries(headers.map(({ key, value }) => [key, value])) };
}

describe("callerIdentityToken", () => {
  afterEach(() => jest.useRealTimers());

  it("signs as google-auth-library does", async () => {
    const now = new Date("2030-01-02T03:04:05Z");
    jest.useFakeTimers({ now, doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
    const client = new AwsClient({
      audience,
      subject_token_type: tokenTypes.awsRequest,
      token_url: "https://sts.googleapis.com/v1/token",
      aws_security_credentials_supplier: {
        getAwsRegion: async () => "eu-central-1",
        getAwsSecurityCredentials: async () => ({ ...credentials, token: credentials.sessionToken }),
      },
    });
    const theirs = read(await client.retrieveSubjectToken());
    const { url, method } = read(callerIdentityToken("eu-central-1", audience, credentials, now));
    expect({ url, method }).toEqual({ url: theirs.url, method: theirs.method });
    const request = { host: "sts.eu-central-1.amazonaws.com", query, region: "eu-central-1", service: "sts" };
    const headers = signedHeaders({ ...request, moreHeaders: {} }, credentials, now);
    expect({ ...headers, "x-goog-cloud-target-resource": audience }).toEqual(theirs.headers);
  });

  it("has the audience under its signature, so that no other provider can use the request", () => {
    const { headers } = read(callerIdentityToken("eu-central-1", audience, credentials, new Date()));
    expect(headers["authorization"]).toMatch(
      /SignedHeaders=[a-z0-9;-]*x-goog-cloud-target-resource, Signature=[0-9a-f]{64}$/,
    );
  });
});

describe("the source of an AWS role", () => {
  let service: FakeService | undefined;
  afterEach(() => service?.close());

  const answers = (files: Readonly<Record<string, unknown>>) => (request: ServiceRequest) => {
    if (request.method === "PUT" && request.path === "/latest/api/token") return { body: "session-of-imds" };
    if (!request.path.startsWith("/task") && request.headers["x-aws-ec2-metadata-token"] !== "session-of-imds") {
      return { status: 401, body: "" };
    }
    const body = files[request.path];
    return body === undefined ? undefined : { body };
  };
  const instanceCredentials = {
    Code: "Success",
    AccessKeyId: "ASIAINSTANCE0000000A",
    SecretAccessKey: "secret",
    Token: "session",
    Expiration: "2030-01-01T00:00:00Z",
  };

  it("takes credentials and region of the environment, and asks nobody", async () => {
    const source = awsSource(
      { kind: "aws" },
      sourceToolsAt("http://127.0.0.1:1", { ...environment, AWS_REGION: "us-east-2" }),
    );
    const { token, type } = await source.fetch(signal);
    expect(type).toBe(tokenTypes.awsRequest);
    expect(read(token)).toMatchObject({
      url: "https://sts.us-east-2.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
      headers: { "x-goog-cloud-target-resource": audience, "x-amz-security-token": credentials.sessionToken },
    });
  });

  it("takes them of the instance, by its second version only", async () => {
    service = await startFakeService(
      answers({
        "/latest/meta-data/iam/security-credentials/": "batch-role",
        "/latest/meta-data/iam/security-credentials/batch-role": instanceCredentials,
        "/latest/meta-data/placement/region": "eu-west-1",
      }),
    );
    const { token } = await awsSource({ kind: "aws" }, sourceToolsAt(service.origin)).fetch(signal);
    expect(read(token).url).toContain("sts.eu-west-1.amazonaws.com");
    expect(read(token).headers["authorization"]).toContain("Credential=ASIAINSTANCE0000000A/");
    expect(service.requests.filter(({ method }) => method === "PUT").length).toBeGreaterThan(0);
  });

  it("takes them of a container's task", async () => {
    service = await startFakeService(answers({ "/task/credentials/1": instanceCredentials }));
    const tools = sourceToolsAt(service.origin, { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/task/credentials/1" });
    const { token } = await awsSource({ kind: "aws", region: "eu-west-1" }, tools).fetch(signal);
    expect(read(token).headers["authorization"]).toContain("Credential=ASIAINSTANCE0000000A/");
  });

  it.each([
    ["a role that is a path", { "/latest/meta-data/iam/security-credentials/": "../../user-data" }],
    ["no role", {}],
    [
      "credentials without a key",
      {
        "/latest/meta-data/iam/security-credentials/": "batch-role",
        "/latest/meta-data/iam/security-credentials/batch-role": { Code: "Failed" },
      },
    ],
  ])("refuses %s", async (_, files) => {
    service = await startFakeService(answers(files));
    const source = awsSource({ kind: "aws", region: "eu-west-1" }, sourceToolsAt(service.origin));
    await expect(source.fetch(signal)).rejects.toMatchObject({ upstream: "aws", retryable: false });
  });

  it("says of an instance without a role what to do", async () => {
    service = await startFakeService(answers({}));
    const source = awsSource({ kind: "aws", region: "eu-west-1" }, sourceToolsAt(service.origin));
    await expect(source.fetch(signal)).rejects.toThrow(
      "aws: http_404: there is none (what to do: attach a role to the instance)",
    );
  });

  it("does not follow a relative address to another host", async () => {
    const tools = sourceToolsAt("http://127.0.0.1:1", { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "@example.com/" });
    await expect(awsSource({ kind: "aws", region: "eu-west-1" }, tools).fetch(signal)).rejects.toMatchObject({
      code: "malformed_response",
    });
  });
});
