import { tokenExchangeGrantType } from "../../../facts/token-exchange";

/** Paths of the token endpoint and of the public keys, below the issuer. */
export const issuerPaths = { token: "/oauth2/token", jwks: "/oauth2/jwks" } as const;

/**
 * Where the broker answers for one of {@link issuerPaths}: at the root, and where the metadata of an issuer with a path
 * says, for a load balancer may pass that path on or take it away.
 */
export function servedAt(path: string, issuer: string | undefined): ReadonlySet<string> {
  return new Set([path, ...(issuer === undefined ? [] : [new URL(`${issuer}${path}`).pathname])]);
}

/** RFC 8414 §3: between host and path of the issuer. */
export function metadataPath(issuer: string): string {
  const { pathname } = new URL(issuer);
  return `/.well-known/oauth-authorization-server${pathname === "/" ? "" : pathname}`;
}

/** RFC 8414 §2, RFC 8705 §3.3. */
export function authorizationServerMetadata(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    token_endpoint: `${issuer}${issuerPaths.token}`,
    jwks_uri: `${issuer}${issuerPaths.jwks}`,
    // Required; there is no authorization endpoint.
    response_types_supported: [],
    grant_types_supported: ["client_credentials", tokenExchangeGrantType],
    token_endpoint_auth_methods_supported: ["tls_client_auth"],
    tls_client_certificate_bound_access_tokens: true,
  };
}
