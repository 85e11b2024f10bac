/**
 * The public addresses of Google's services that Keyless talks to, each as an origin (or full URL) without a trailing
 * slash. Handlers and deploy steps take them as defaults; the local twin replaces the host only.
 */
export const googleEndpoints = {
  /** OAuth 2.0 token exchange (RFC 8693). https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
  securityTokenService: "https://sts.googleapis.com",
  /** generateAccessToken and generateIdToken. */
  iamCredentials: "https://iamcredentials.googleapis.com",
  iam: "https://iam.googleapis.com",
  serviceUsage: "https://serviceusage.googleapis.com",
  /** Cloud SQL Admin API. */
  sqlAdmin: "https://sqladmin.googleapis.com",
  /** Cloud Run Admin API. */
  cloudRun: "https://run.googleapis.com",
  bigQuery: "https://bigquery.googleapis.com",
  /** Public keys of IAP assertions as a JWK set. */
  iapJwks: "https://www.gstatic.com/iap/verify/public_key-jwk",
  /** Handles the redirect after a workforce login on behalf of IAP. */
  iap: "https://iap.googleapis.com",
  /** Workforce sign-in pages and the identity provider's redirect target. */
  workforceSignIn: "https://auth.cloud.google",
} as const;

/** Scope that every exchange asks for; narrower scopes are set on the impersonated token. */
export const cloudPlatformScope = "https://www.googleapis.com/auth/cloud-platform";

/** Redirect URI that the identity provider of a workforce pool must allow, exactly. */
export function workforceSignInCallback(workforcePool: string, provider: string): string {
  return `${googleEndpoints.workforceSignIn}/signin-callback/locations/global/workforcePools/${workforcePool}/providers/${provider}`;
}

/** Redirect URI of the OAuth client that IAP uses; it contains the client's own generated id. */
export function iapRedirectUri(oauthClientId: string): string {
  return `${googleEndpoints.iap}/v1/oauth/clientIds/${oauthClientId}:handleRedirect`;
}
