import { printable } from "./client-authentication";
import type { EntraDirectory } from "./directory";
import { type EntraError, entraErrors } from "./error";
import { matchRedirectUri, type PublicOrigin } from "./redirect-uri";

export type AuthorizeCheck =
  /** @property redirectUri in the form in which the twin reaches it. */
  { readonly ok: true; readonly redirectUri: string } | { readonly ok: false; readonly error: EntraError };

/**
 * What must hold of an authorization request before anything is sent to its redirect URI: the application is known and
 * enabled, and the URI is one of its own.
 */
export function checkAuthorizeRequest(
  directory: EntraDirectory,
  tenantId: string,
  publicOrigin: PublicOrigin,
  query: URLSearchParams,
): AuthorizeCheck {
  const refused = (error: EntraError): AuthorizeCheck => ({ ok: false, error });
  for (const name of ["client_id", "redirect_uri"]) {
    // Of two values, one reader may check the first and another use the second.
    if (query.getAll(name).length > 1) return refused(entraErrors.malformedRequest());
  }
  const clientId = query.get("client_id");
  if (clientId === null || clientId === "") return refused(entraErrors.missingParameter("client_id"));
  const application = directory.findByClientId(clientId);
  if (application === undefined) return refused(entraErrors.unknownApplication(printable(clientId), tenantId));
  if (application.servicePrincipal === undefined)
    return refused(entraErrors.missingServicePrincipal(clientId, tenantId));
  if (!application.servicePrincipal.enabled)
    return refused(entraErrors.disabledApplication(clientId, application.displayName));
  const registered = directory.redirectUris(application);
  if (registered.length === 0) return refused(entraErrors.noReplyAddress());
  const requested = query.get("redirect_uri");
  if (requested === null) return refused(entraErrors.missingParameter("redirect_uri"));
  const redirectUri = matchRedirectUri(requested, registered, publicOrigin);
  return redirectUri === undefined ? refused(entraErrors.replyAddress(clientId)) : { ok: true, redirectUri };
}
