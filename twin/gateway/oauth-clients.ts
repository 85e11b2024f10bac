import { iapRedirectUri } from "../../facts/google-endpoints";
import type { ResourceStore } from "../store/resource-store";
import { flag, text, texts } from "./resource-values";

/** An OAuth error of Google's authorization server, with its words. */
export interface OAuthClientError {
  readonly code: "invalid_client" | "disabled_client" | "redirect_uri_mismatch";
  readonly message: string;
}

/**
 * Checks that a google_iam_oauth_client may carry IAP's sign-in: it exists, is enabled, and allows exactly IAP's own
 * redirect URI, which contains the client's generated id. The placeholder that a first apply leaves there is refused.
 */
export function checkOAuthClient(
  store: ResourceStore,
  clientId: string,
  redirectUri: string,
): OAuthClientError | undefined {
  const client = store.find("google_iam_oauth_client", ({ values }) => text(values, "client_id") === clientId);
  if (client === undefined) return { code: "invalid_client", message: "The OAuth client was not found." };
  if (flag(client.values, "disabled")) return { code: "disabled_client", message: "The OAuth client was disabled." };
  if (redirectUri === iapRedirectUri(clientId) && texts(client.values, "allowed_redirect_uris").includes(redirectUri)) {
    return undefined;
  }
  return {
    code: "redirect_uri_mismatch",
    message: "The redirect URI in the request did not match a registered redirect URI.",
  };
}

/** Whether `secret` is that of an enabled credential of the client. */
export function isClientSecret(store: ResourceStore, clientId: string, secret: string): boolean {
  const client = store.find("google_iam_oauth_client", ({ values }) => text(values, "client_id") === clientId);
  if (client === undefined) return false;
  const names = [text(client.values, "oauth_client_id"), text(client.values, "name")];
  return store
    .ofType("google_iam_oauth_client_credential")
    .some(
      ({ stack, values }) =>
        stack === client.stack &&
        names.includes(text(values, "oauthclient")) &&
        !flag(values, "disabled") &&
        text(values, "client_secret") === secret,
    );
}
