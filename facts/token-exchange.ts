/**
 * Names and error texts of Google's token exchange and of service-account impersonation.
 * Sources: RFC 8693; cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token;
 * cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts.
 */

export const tokenExchangeGrantType = "urn:ietf:params:oauth:grant-type:token-exchange";

export const tokenTypes = {
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  idToken: "urn:ietf:params:oauth:token-type:id_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
  saml2: "urn:ietf:params:oauth:token-type:saml2",
  mutualTls: "urn:ietf:params:oauth:token-type:mtls",
  awsRequest: "urn:ietf:params:aws:token-type:aws4_request",
} as const;

export type TokenExchangeErrorCode =
  | "invalid_request"
  | "invalid_grant"
  | "invalid_target"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "quota_exceeded";

/** An RFC 6749 §5.2 error as Google's Security Token Service words it. */
export interface TokenExchangeError {
  readonly error: TokenExchangeErrorCode;
  readonly errorDescription: string;
}

/** @param reason part of the words that is the same for every token, and that no other refusal has */
const failure = (error: TokenExchangeErrorCode, reason: string, describe: (...detail: string[]) => string) =>
  Object.assign((...detail: string[]): TokenExchangeError => ({ error, errorDescription: describe(...detail) }), {
    reason,
  });

/** Google's own words for each refusal of an exchange. */
export const tokenExchangeErrors = {
  issuerMismatch: failure(
    "invalid_grant",
    "The issuer in ID Token",
    (issuer) => `The issuer in ID Token ${issuer} does not match the expected one.`,
  ),
  audienceMismatch: failure(
    "invalid_grant",
    "The audience in ID Token",
    (audience) => `The audience in ID Token [${audience}] does not match the expected audience.`,
  ),
  stale: failure(
    "invalid_grant",
    "is stale to sign-in",
    (issuedAt) => `ID Token issued at ${issuedAt} is stale to sign-in.`,
  ),
  badSignature: failure(
    "invalid_grant",
    "Unable to verify the ID Token signature",
    () => "Unable to verify the ID Token signature.",
  ),
  issuerUnreachable: failure(
    "invalid_grant",
    "Error connecting to the given credential",
    () => "Error connecting to the given credential's issuer.",
  ),
  unparsable: failure("invalid_request", "Unable to parse the ID Token", () => "Unable to parse the ID Token."),
  badAwsRequest: failure(
    "invalid_grant",
    "Received invalid AWS response",
    () => "Received invalid AWS response of unauthorized.",
  ),
  invalidTarget: failure(
    "invalid_target",
    "The target service indicated by",
    () =>
      'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
  ),
  conditionRejected: failure(
    "unauthorized_client",
    "rejected by the attribute condition",
    () => "The given credential is rejected by the attribute condition.",
  ),
  invalidAudience: failure("invalid_request", "Invalid value for", () => 'Invalid value for "audience".'),
  subjectTooLong: failure(
    "invalid_request",
    "exceeds the 127 bytes limit",
    () =>
      "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.",
  ),
  attributeNotString: failure(
    "invalid_grant",
    "must be of type STRING",
    (name) => `The mapped attribute '${name}' must be of type STRING`,
  ),
  noValue: failure(
    "invalid_grant",
    "Could not obtain a value for",
    (name) => `Could not obtain a value for ${name} from the given credential`,
  ),
  tooManyGroups: failure(
    "invalid_grant",
    "exceeds the 400 count limit",
    (count) =>
      `The current count of ${count} mapped attribute google.groups exceeds the 400 count limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that has less than 400 groups.`,
  ),
  mappedTooLarge: failure(
    "invalid_request",
    "The total size of mapped attributes",
    (limit) => `The total size of mapped attributes exceeds the ${limit} bytes limit.`,
  ),
  missingParameter: failure("invalid_request", "Missing required field", (name) => `Missing required field "${name}".`),
  throttled: failure(
    "quota_exceeded",
    "throttled due to rate limit",
    () => "The request was throttled due to rate limit: sts.googleapis.com/requests. Please retry after a few seconds.",
  ),
  /** Of a workforce provider, at sign-in. */
  missingWebSignIn: failure(
    "invalid_request",
    "Missing OIDC web single sign-on config",
    () => "Missing OIDC web single sign-on config.",
  ),
  unsupportedGrantType: failure(
    "unsupported_grant_type",
    "requested grant type is not supported",
    () => "The requested grant type is not supported.",
  ),
} as const;

/** The constant part of each refusal, without what differs from token to token: a vocabulary of few values. */
export const exchangeFailureReasons: readonly string[] = Object.values(tokenExchangeErrors).map(({ reason }) => reason);

/** A google.rpc.Status body: {"error":{"code","message","status"}}. */
export interface GoogleApiError {
  readonly httpStatus: number;
  readonly status: string;
  readonly message: string;
}

/** Google's own words for each refusal of impersonation or of a resource. */
export const googleApiErrors = {
  permissionDenied: (permission: string): GoogleApiError => ({
    httpStatus: 403,
    status: "PERMISSION_DENIED",
    message: `Permission '${permission}' denied on resource (or it may not exist).`,
  }),
  lifetimeTooLong: (): GoogleApiError => ({
    httpStatus: 400,
    status: "INVALID_ARGUMENT",
    message:
      "The access token lifetime cannot exceed 3600 seconds. To use a longer lifetime, use the Org Policy Constraint constraints/iam.allowServiceAccountCredentialLifetimeExtension to allow the service account.",
  }),
  lifetimeNotPositive: (): GoogleApiError => ({
    httpStatus: 400,
    status: "INVALID_ARGUMENT",
    message: "Lifetime of access token must be larger then zero.",
  }),
  unauthenticated: (): GoogleApiError => ({
    httpStatus: 401,
    status: "UNAUTHENTICATED",
    message:
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
  }),
  invalidArgument: (message: string): GoogleApiError => ({
    httpStatus: 400,
    status: "INVALID_ARGUMENT",
    message,
  }),
  notFound: (message: string): GoogleApiError => ({ httpStatus: 404, status: "NOT_FOUND", message }),
} as const;
