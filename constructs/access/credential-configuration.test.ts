import { PropertyError } from "../federation/property-error";
import { type CredentialConfigurationProps, credentialConfiguration } from "./credential-configuration";
import { PurposeServiceAccount } from "./purpose-service-account";
import { newStack } from "./testing/example-pools";

const audience =
  "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github-dev-01/providers/github-dev-01";
const file = { kind: "file", file: "/var/run/secrets/token" } as const;
const configuration = (props: Partial<CredentialConfigurationProps> & { become?: boolean } = {}) => {
  const stack = newStack();
  const account = new PurposeServiceAccount(stack, "job", {
    accountId: "batch-job",
    purpose: "p",
    projectId: "example-dev",
  });
  const { become = true, ...more } = props;
  return JSON.parse(credentialConfiguration(stack, { audience, source: file, ...(become && { account }), ...more }));
};

describe("a credential configuration", () => {
  it.each([
    "https://sts.googleapis.com",
    "//iam.googleapis.com/",
    "//iam.googleapis.com/projects/example-dev/locations/global/workloadIdentityPools/github-dev-01/providers/github-dev-01",
    `${audience}/../x`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of Terraform's
    "//iam.googleapis.com/${var.provider}",
  ])("is for the provider of a pool, by the project's number: %j is refused", (wrong) => {
    expect(() => configuration({ audience: wrong })).toThrow(/audience is .*expected the audience of a pool/);
  });

  it("exchanges the token of a file and becomes the account for as long as said", () => {
    expect(configuration({ tokenLifetimeSeconds: 900 })).toMatchObject({
      type: "external_account",
      audience,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      credential_source: { file: "/var/run/secrets/token", format: { type: "text" } },
      service_account_impersonation_url: expect.stringMatching(/:generateAccessToken$/),
      service_account_impersonation: { token_lifetime_seconds: 900 },
    });
  });

  it("leaves the account out for direct access", () => {
    expect(configuration({ become: false })).not.toHaveProperty("service_account_impersonation_url");
    expect(() => configuration({ become: false, tokenLifetimeSeconds: 900 })).toThrow(/expected an account/);
  });

  it("asks Azure, AWS or a program", () => {
    expect(
      configuration({ source: { kind: "azure", applicationIdUri: "api://app id&x=1" } }).credential_source,
    ).toEqual({
      url: "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2Fapp%20id%26x%3D1",
      headers: { Metadata: "True" },
      format: { type: "json", subject_token_field_name: "access_token" },
    });
    expect(configuration({ source: { kind: "aws" } })).toMatchObject({
      subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
      credential_source: { environment_id: "aws1" },
    });
    const command = "/usr/bin/keyless token --executable";
    expect(configuration({ source: { kind: "executable", command, timeoutSeconds: 30 } }).credential_source).toEqual({
      executable: { command, timeout_millis: 30_000 },
    });
  });

  it.each<[string, Partial<CredentialConfigurationProps>]>([
    ["audience", { audience: "https://evil.example.com" }],
    ["tokenLifetimeSeconds", { tokenLifetimeSeconds: 599 }],
    ["tokenLifetimeSeconds", { tokenLifetimeSeconds: 43_201 }],
    ["source.file", { source: { kind: "file", file: "" } }],
    ["source.file", { source: { kind: "file", file: "a\nb" } }],
    ["source.timeoutSeconds", { source: { kind: "executable", command: "x", timeoutSeconds: 121 } }],
    ["source.clientId", { source: { kind: "azure", applicationIdUri: "x", clientId: "&x=1" } }],
  ])("refuses a wrong %s (trap 16, trap 52): %j", (property, props) => {
    expect(() => configuration(props)).toThrow(PropertyError);
    expect(() => configuration(props)).toThrow(new RegExp(`^dev: ${property.replace(".", "\\.")} is`));
  });
});
