import type { Construct } from "constructs";
import { federationLimits } from "../../facts/federation-limits";
import { cloudPlatformScope } from "../../facts/google-endpoints";
import { tokenTypes } from "../../facts/token-exchange";
import { requireProperty } from "../federation/property-error";
import { requirePlainText } from "../federation/property-text";
import { isReference } from "../federation/reference";
import type { PurposeServiceAccount } from "./purpose-service-account";

/** Where a Google client library gets the external token. */
export type CredentialSource =
  /** A file that holds the token, or JSON with the token in a field. */
  | { readonly kind: "file"; readonly file: string; readonly field?: string | undefined }
  /** Azure's instance metadata: the token of the machine's managed identity for an application. */
  | { readonly kind: "azure"; readonly applicationIdUri: string; readonly clientId?: string | undefined }
  /** The role of an AWS machine, by version 2 of its metadata service. */
  | { readonly kind: "aws" }
  /** A program that prints the token; the library runs it only where GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES is 1. */
  | { readonly kind: "executable"; readonly command: string; readonly timeoutSeconds: number };

export interface CredentialConfigurationProps {
  /** What the token is exchanged for: the `audience` of a pool. */
  readonly audience: string;
  readonly source: CredentialSource;
  /** Account to become; without it the federated identity itself has access. */
  readonly account?: PurposeServiceAccount | undefined;
  /** Seconds that tokens of the account live, 600 to 3600; up to 43200 only where the organization extends it for the account. */
  readonly tokenLifetimeSeconds?: number | undefined;
}

const providerPattern =
  /^(?:projects\/[0-9]{1,32}\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[a-z][a-z0-9-]{3,62}\/providers\/[a-z0-9-]{4,32}$/;

const metadata = "http://169.254.169.254";

/**
 * The file by which Google's client libraries and gcloud use federation: `external_account` JSON. It holds no secret, but whoever
 * changes it decides where tokens are sent: take it from this output, never from somebody else.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-other-providers; google.aip.dev/auth/4117.
 *
 * @returns JSON with Terraform references
 * @throws PropertyError for a lifetime or a source outside the libraries' limits
 */
export function credentialConfiguration(scope: Construct, props: CredentialConfigurationProps): string {
  const { audience, source, account, tokenLifetimeSeconds } = props;
  const provider = /^\/\/iam\.googleapis\.com\/(.+)$/.exec(audience)?.[1] ?? "";
  const ofProvider = isReference(provider) || providerPattern.test(provider);
  requireProperty(scope, "audience", audience, ofProvider, "expected the audience of a pool, //iam.googleapis.com/…");
  if (tokenLifetimeSeconds !== undefined) {
    const { least, most } = federationLimits.configuredTokenSeconds;
    const given = String(tokenLifetimeSeconds);
    const inRange =
      Number.isInteger(tokenLifetimeSeconds) && tokenLifetimeSeconds >= least && tokenLifetimeSeconds <= most;
    requireProperty(scope, "tokenLifetimeSeconds", given, inRange, `expected ${least} to ${most} seconds`);
    const rule = "expected an account: the life of a federated token is Google's to decide";
    requireProperty(scope, "tokenLifetimeSeconds", given, account !== undefined, rule);
  }
  return JSON.stringify(
    {
      universe_domain: "googleapis.com",
      type: "external_account",
      audience,
      subject_token_type: source.kind === "aws" ? tokenTypes.awsRequest : tokenTypes.jwt,
      token_url: "https://sts.googleapis.com/v1/token",
      scopes: [cloudPlatformScope],
      credential_source: credentialSource(scope, source),
      ...(account && {
        service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account.email}:generateAccessToken`,
      }),
      ...(tokenLifetimeSeconds !== undefined && {
        service_account_impersonation: { token_lifetime_seconds: tokenLifetimeSeconds },
      }),
    },
    undefined,
    2,
  );
}

function credentialSource(scope: Construct, source: CredentialSource): object {
  const plain = (property: string, value: string) => requirePlainText(scope, `source.${property}`, value, 4096);
  switch (source.kind) {
    case "file":
      return {
        file: plain("file", source.file),
        format:
          source.field === undefined
            ? { type: "text" }
            : { type: "json", subject_token_field_name: plain("field", source.field) },
      };
    case "azure": {
      const resource = encodeURIComponent(plain("applicationIdUri", source.applicationIdUri));
      const ofIdentity = source.clientId === undefined ? "" : `&client_id=${clientId(scope, source.clientId)}`;
      return {
        url: `${metadata}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${resource}${ofIdentity}`,
        headers: { Metadata: "True" },
        format: { type: "json", subject_token_field_name: "access_token" },
      };
    }
    case "aws":
      return {
        environment_id: "aws1",
        region_url: `${metadata}/latest/meta-data/placement/availability-zone`,
        url: `${metadata}/latest/meta-data/iam/security-credentials`,
        regional_cred_verification_url:
          "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
        imdsv2_session_token_url: `${metadata}/latest/api/token`,
      };
    case "executable": {
      const seconds = source.timeoutSeconds;
      const inRange = seconds >= 5 && seconds <= 120;
      requireProperty(scope, "source.timeoutSeconds", String(seconds), inRange, "expected 5 to 120 seconds");
      return { executable: { command: plain("command", source.command), timeout_millis: Math.round(seconds * 1000) } };
    }
  }
}

function clientId(scope: Construct, value: string): string {
  const isId = isReference(value) || /^[0-9a-f-]{36}$/.test(value);
  requireProperty(scope, "source.clientId", value, isId, "expected the client id of a managed identity");
  return value;
}
