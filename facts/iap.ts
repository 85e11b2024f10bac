/**
 * Identity-Aware Proxy: headers, claims and limits.
 * Source: cloud.google.com/iap/docs/signed-headers-howto and use-workforce-identity-federation.
 */
export const iapAssertionHeader = "x-goog-iap-jwt-assertion";
export const iapIssuer = "https://cloud.google.com/iap";
export const iapAlgorithm = "ES256";
/** Seconds by which iat and exp may be off. */
export const iapClockSkewSeconds = 30;
/** Seconds: ten minutes of life and the skew on both sides. */
export const iapMaximumLifetimeSeconds = 660;
/** Seconds of life that IAP gives an assertion. */
export const iapAssertionLifetimeSeconds = 600;
/** identity_source values seen for workforce sessions. */
export const workforceIdentitySources = ["WORKFORCE_IDENTITY", "WORKFORCE_IDENTITY_FEDERATION"] as const;
/** Query parameter and value that end an IAP session. */
export const iapModeParameter = "gcp-iap-mode";
export const iapClearLoginCookie = "CLEAR_LOGIN_COOKIE";
/** Carries the invoker's ID token between IAP and Cloud Run; never forwarded to the container. */
export const serverlessAuthorizationHeader = "x-serverless-authorization";
/** IAP removes every header that begins so from what a client sends. */
export const reservedHeaderPrefix = "x-goog-";

/** Audience of assertions for a backend service of a global load balancer. */
export const backendServiceAudience = (projectNumber: string, backendServiceId: string): string =>
  `/projects/${projectNumber}/global/backendServices/${backendServiceId}`;

/** Service agent through which IAP invokes Cloud Run. */
export const iapServiceAgent = (projectNumber: string): string =>
  `service-${projectNumber}@gcp-sa-iap.iam.gserviceaccount.com`;

export const workforcePrincipalPrefix = (workforcePool: string): string =>
  `principal://iam.googleapis.com/locations/global/workforcePools/${workforcePool}/subject/`;
