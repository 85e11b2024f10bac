import { AwsClient } from "google-auth-library";
import { Aws, type AwsCredentials } from "./aws";

const audience =
  "//iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/aws-dev-01/providers/aws";
const role = { account: "210987654321", roleName: "asset-collector-dev", sessionName: "i-0123456789abcdef0" };

/** The subject token as google-auth-library makes it. */
function subjectToken(credentials: AwsCredentials, region = "eu-central-1", target = audience): Promise<string> {
  return new AwsClient({
    type: "external_account",
    audience: target,
    subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
    token_url: "https://sts.googleapis.com/v1/token",
    aws_security_credentials_supplier: {
      getAwsRegion: async () => region,
      getAwsSecurityCredentials: async () => ({
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey,
        token: credentials.sessionToken,
      }),
    },
  }).retrieveSubjectToken();
}

interface Serialized {
  url: string;
  method: string;
  headers: { key: string; value: string }[];
}
const change = (token: string, edit: (request: Serialized) => void): string => {
  const request: Serialized = JSON.parse(decodeURIComponent(token));
  edit(request);
  return encodeURIComponent(JSON.stringify(request));
};
const setHeader = (name: string, value: string) => (request: Serialized) => {
  for (const header of request.headers) if (header.key.toLowerCase() === name) header.value = value;
};
const setUrl = (from: string, to: string) => (request: Serialized) => {
  request.url = request.url.replace(from, to);
};
const withoutHeader = ({ headers }: Serialized, name: string) => headers.filter(({ key }) => key !== name);

describe("AWS's caller identity", () => {
  const aws = new Aws();
  const credentials = aws.assumeRole(role);
  let token: string;
  beforeEach(async () => {
    token = await subjectToken(credentials);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  const explanationOf = (text: string, target = audience): string => {
    const verification = aws.verifyCallerIdentity(text, target);
    return verification.verified ? "verified" : verification.explanation;
  };

  it.each(["eu-central-1", "us-east-1"])(
    "is told for a request that google-auth-library signed in %s",
    async (region) => {
      expect(aws.verifyCallerIdentity(await subjectToken(credentials, region), audience)).toMatchObject({
        verified: true,
        caller: {
          arn: "arn:aws:sts::210987654321:assumed-role/asset-collector-dev/i-0123456789abcdef0",
          account: "210987654321",
          userid: expect.stringMatching(/^AROA[A-Z2-7]{17}:i-0123456789abcdef0$/),
        },
        expiresAt: credentials.expiresAt,
      });
    },
  );

  it("takes the audience with the https prefix too", async () => {
    const prefixed = await subjectToken(credentials, "eu-central-1", `https:${audience}`);
    expect(explanationOf(prefixed)).toBe("verified");
  });

  it("refuses a request made for another provider", () => {
    expect(explanationOf(token, audience.replace("aws-dev-01", "aws-prod-01"))).toContain(
      "does not name this provider",
    );
    const without = change(token, (request) => {
      request.headers = withoutHeader(request, "x-goog-cloud-target-resource");
    });
    expect(explanationOf(without)).toContain("does not name this provider");
  });

  it("refuses a wrong secret key, a wrong session token and an unknown access key", async () => {
    expect(explanationOf(await subjectToken({ ...credentials, secretAccessKey: "guessed" }))).toContain("signature");
    expect(explanationOf(await subjectToken({ ...credentials, sessionToken: "guessed" }))).toContain("session token");
    expect(explanationOf(await subjectToken({ ...credentials, accessKeyId: "ASIAAAAAAAAAAAAAAAAA" }))).toContain(
      "know",
    );
  });

  it("refuses a request changed after it was signed", () => {
    expect(explanationOf(change(token, setHeader("authorization", flipSignature(token))))).toContain("signature");
    const otherAction = change(token, (request) => {
      request.url = request.url.replace("GetCallerIdentity", "GetSessionToken");
    });
    expect(explanationOf(otherAction)).toContain("not a serialized");
  });

  it.each<[string, (request: Serialized) => void]>([
    ["another host", setUrl("amazonaws.com", "amazonaws.com.example")],
    ["plain HTTP", setUrl("https:", "http:")],
    ["another path", setUrl("?Action", "/x?Action")],
    ["a parameter more", setUrl("?Action", "?Extra=1&Action")],
    ["another region than its host's", setUrl("eu-central-1", "us-west-2")],
    ["a header twice", (request) => void request.headers.push({ key: "HOST", value: "sts.amazonaws.com" })],
    ["another method", (request) => void Object.assign(request, { method: "GET" })],
    [
      "no authorization",
      (request) => void Object.assign(request, { headers: withoutHeader(request, "authorization") }),
    ],
    ["a host header of another host", setHeader("host", "example.com")],
  ])("refuses a request with %s", (_name, edit) => {
    expect(explanationOf(change(token, edit))).toContain("not a serialized");
  });

  it("refuses a signature that leaves the session token out", () => {
    const edit = (request: Serialized): void => {
      for (const header of request.headers) header.value = header.value.replace(";x-amz-security-token", "");
    };
    expect(explanationOf(change(token, edit))).toContain("not a serialized");
  });

  it.each(["", "{}", "%", "null", "x".repeat(20_000)])("refuses what is no request at all", (text) => {
    expect(explanationOf(text)).toContain("not a serialized");
  });

  it("refuses a request older than 15 minutes, and credentials past their end", () => {
    const now = Date.now();
    const clock = jest.spyOn(Date, "now");
    clock.mockReturnValue(now + 16 * 60_000);
    expect(explanationOf(token)).toContain("15 minutes");
    clock.mockReturnValue(now + 61 * 60_000);
    expect(explanationOf(token)).toContain("expired");
  });

  it("never says a key or a token in its explanation", async () => {
    const explanation = explanationOf(await subjectToken({ ...credentials, secretAccessKey: "guessed" }));
    for (const secret of Object.values(credentials)) expect(explanation).not.toContain(String(secret));
  });
});

/** The authorization header with the last digit of its signature changed. */
function flipSignature(token: string): string {
  const request: Serialized = JSON.parse(decodeURIComponent(token));
  const value = request.headers.find(({ key }) => key === "authorization")?.value ?? "";
  return value.slice(0, -1) + (value.endsWith("0") ? "1" : "0");
}
