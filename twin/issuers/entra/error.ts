import { randomUUID } from "node:crypto";

/**
 * Errors of Entra's endpoints, with its codes and words.
 * Source: learn.microsoft.com/entra/identity-platform/reference-error-codes.
 */
export interface EntraError {
  readonly code: number;
  /** OAuth error code beside it. */
  readonly error: string;
  readonly httpStatus: 400 | 401 | 403;
  /** Without the leading `AADSTS…: `. */
  readonly message: string;
}

const entraError =
  (code: number, error: string, httpStatus: EntraError["httpStatus"], describe: (...detail: string[]) => string) =>
  (...detail: string[]): EntraError => ({ code, error, httpStatus, message: describe(...detail) });

const wrongTenant =
  "This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.";

export const entraErrors = {
  missingParameter: entraError(
    900144,
    "invalid_request",
    400,
    (name) => `The request body must contain the following parameter: '${name}'.`,
  ),
  malformedRequest: entraError(
    9002313,
    "invalid_request",
    400,
    () => "Invalid request. Request is malformed or invalid.",
  ),
  unknownTenant: entraError(
    90002,
    "invalid_request",
    400,
    (tenant) =>
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  ),
  unsupportedGrant: entraError(
    70003,
    "unsupported_grant_type",
    400,
    () => "The app requested an unsupported grant type.",
  ),
  unknownApplication: entraError(
    700016,
    "unauthorized_client",
    400,
    (application, tenant) =>
      `Application with identifier '${application}' was not found in the directory '${tenant}'. ${wrongTenant} You may have sent your authentication request to the wrong tenant.`,
  ),
  missingServicePrincipal: entraError(
    7000229,
    "unauthorized_client",
    400,
    (application, tenant) =>
      `The client application ${application} is missing service principal in the tenant ${tenant}.`,
  ),
  disabledApplication: entraError(
    7000112,
    "unauthorized_client",
    400,
    (application, name) => `Application '${application}'(${name}) is disabled.`,
  ),
  missingCredential: entraError(
    7000218,
    "invalid_client",
    401,
    () => "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  ),
  badSecret: entraError(
    7000215,
    "invalid_client",
    401,
    (application) =>
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${application}'.`,
  ),
  expiredSecret: entraError(
    7000222,
    "invalid_client",
    401,
    (application) => `The provided client secret keys for app '${application}' are expired.`,
  ),
  malformedAssertion: entraError(50027, "invalid_request", 400, () => "JWT token is invalid or malformed."),
  assertionKeyUnknown: entraError(
    700027,
    "invalid_client",
    401,
    (application) =>
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.] Application: '${application}'.`,
  ),
  assertionKeyExpired: entraError(
    700027,
    "invalid_client",
    401,
    () => "Client assertion contains an invalid signature. [Reason - The key used is expired.]",
  ),
  assertionSignature: entraError(
    700027,
    "invalid_client",
    401,
    () =>
      "Client assertion contains an invalid signature. [Reason - The key used to sign it does not match the registered certificate.]",
  ),
  assertionTime: entraError(
    700024,
    "invalid_client",
    401,
    (now, from, until) =>
      `Client assertion is not within its valid time range. Current time: ${now}, assertion valid from ${from}, expiry time of assertion ${until}.`,
  ),
  assertionAudience: entraError(
    700023,
    "invalid_client",
    401,
    () => "Client assertion audience claim does not match Realm issuer.",
  ),
  assertionIssuer: entraError(
    700021,
    "invalid_client",
    401,
    () => "Client assertion application identifier doesn't match 'client_id' parameter.",
  ),
  assertionReplayed: entraError(
    50012,
    "invalid_client",
    401,
    () => "Authentication failed. [Reason - The client assertion has been used before or has no identifier (jti).]",
  ),
  noFederatedIssuer: entraError(
    700211,
    "invalid_client",
    401,
    (issuer) =>
      `No matching federated identity record found for presented assertion issuer '${issuer}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
  ),
  noFederatedSubject: entraError(
    700213,
    "invalid_client",
    401,
    (subject) =>
      `No matching federated identity record found for presented assertion subject '${subject}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
  ),
  noFederatedAudience: entraError(
    700212,
    "invalid_client",
    401,
    (audience, expected) =>
      `No matching federated identity record found for presented assertion audience '${audience}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. The recommended audience is '${expected}'.`,
  ),
  federatedIssuerUnreachable: entraError(
    50166,
    "invalid_request",
    400,
    () => "Request to External OIDC endpoint failed.",
  ),
  unknownResource: entraError(
    500011,
    "invalid_resource",
    400,
    (resource, tenant) =>
      `The resource principal named ${resource} was not found in the tenant named ${tenant}. ${wrongTenant} You might have sent your authentication request to the wrong tenant.`,
  ),
  badScope: entraError(
    1002012,
    "invalid_scope",
    400,
    () =>
      "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
  ),
  applicationNotAssigned: entraError(
    501051,
    "invalid_grant",
    400,
    (client, clientName, resource, resourceName) =>
      `Application '${client}'(${clientName}) is not assigned to a role for the application '${resource}'(${resourceName}).`,
  ),
  personNotAssigned: entraError(
    50105,
    "interaction_required",
    403,
    (application, name, person) =>
      `Your administrator has configured the application ${name} ('${application}') to block users unless they are specifically granted ('assigned') access to the application. The signed-in user '${person}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.`,
  ),
  replyAddress: entraError(
    50011,
    "invalid_request",
    400,
    (application) =>
      `The redirect URI specified in the request does not match the redirect URIs configured for the application '${application}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.`,
  ),
  noReplyAddress: entraError(
    500113,
    "invalid_request",
    400,
    () => "No reply address is registered for the application.",
  ),
  redeemedReplyAddress: entraError(
    500112,
    "invalid_grant",
    400,
    () => "The reply address does not match the reply address provided when requesting Authorization code.",
  ),
  expiredCode: entraError(
    70008,
    "invalid_grant",
    400,
    () =>
      "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
  ),
  redeemedCode: entraError(
    54005,
    "invalid_grant",
    400,
    () =>
      "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
  ),
  badCode: entraError(70000, "invalid_grant", 400, () => "Provided grant is invalid or malformed."),
  codeVerifier: entraError(
    501481,
    "invalid_grant",
    400,
    () => "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
  ),
  endedSession: entraError(
    165000,
    "invalid_request",
    400,
    () =>
      "Invalid Request: The request tokens do not match the user context. Do not copy the user context values between different requests or user sessions. Start the sign-in again from the application.",
  ),
} as const;

/** `AADSTS…: message`. */
export const entraErrorText = (error: EntraError): string => `AADSTS${error.code}: ${error.message}`;

/** The body of an error of the token endpoint. */
export function entraErrorBody(error: EntraError): Record<string, unknown> {
  const timestamp = new Date()
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d{3}Z$/, "Z");
  const traceId = randomUUID();
  const correlationId = randomUUID();
  return {
    error: error.error,
    error_description: `${entraErrorText(error)} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [error.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
  };
}
