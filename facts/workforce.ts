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

/** The OAuth client that gcloud is, for every user of it. Public, as its secret is in its source. */
export const cloudSdkClientId = "32555940559.apps.googleusercontent.com";

/** Where gcloud asks to be sent a code: a server of its own on the loopback address, or a page that shows the code to copy. */
export const cloudSdkCodePage = "https://sdk.cloud.google/authcode.html";
export const isCloudSdkRedirect = (uri: string): boolean =>
  uri === cloudSdkCodePage || /^http:\/\/localhost:[0-9]{1,5}\/$/.test(uri);

/** What a workforce identity is called where Google shows who somebody is. */
export const workforcePrincipal = (pool: string, subject: string): string =>
  `principal://iam.googleapis.com/${pool}/subject/${subject}`;
