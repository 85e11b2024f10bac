/** Workforce identity federation. Source: cloud.google.com/iam/docs/workforce-obtaining-short-lived-credentials; .../workforce-console-sso. */

/** Seconds. */
export const workforceSessionSeconds = { least: 900, most: 43_200 } as const;

/** Characters of the search that limits which groups are fetched from Microsoft Graph. */
export const groupFilterCharacters = 256;

/** Where a person signs in to the console. */
export const workforceConsoleUrl = (provider: string): string =>
  `https://auth.cloud.google/signin/${provider}?continueUrl=https://console.cloud.google/`;

/**
 * What `gcloud iam workforce-pools create-login-config` writes, and `gcloud auth login --login-config` reads. No secret.
 *
 * @param provider `locations/global/workforcePools/POOL/providers/PROVIDER`
 */
export const workforceLoginConfiguration = (provider: string): Readonly<Record<string, string>> => ({
  universe_domain: "googleapis.com",
  universe_cloud_web_domain: "cloud.google",
  type: "external_account_authorized_user_login_config",
  audience: `//iam.googleapis.com/${provider}`,
  auth_url: "https://auth.cloud.google/authorize",
  token_url: "https://sts.googleapis.com/v1/oauthtoken",
  token_info_url: "https://sts.googleapis.com/v1/introspect",
});
