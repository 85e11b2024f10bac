import { entraPaths } from "./login-provider";

/** OpenID Connect Discovery §3: the issuer under its real name, the endpoints at `origin`, where a browser here reaches them. */
export function discoveryDocument(issuer: string, tenantId: string, origin: string): Record<string, unknown> {
  const paths = entraPaths(tenantId);
  return {
    issuer,
    authorization_endpoint: `${origin}${paths.authorize}`,
    token_endpoint: `${origin}${paths.token}`,
    jwks_uri: `${origin}${paths.keys}`,
    end_session_endpoint: `${origin}${paths.logout}`,
    response_modes_supported: ["query", "form_post"],
    response_types_supported: ["code"],
    scopes_supported: ["openid", "profile", "email"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    claims_supported: [
      ...["sub", "iss", "aud", "exp", "iat", "nbf", "nonce", "auth_time", "oid", "tid", "ver"],
      ...["name", "preferred_username", "email", "groups", "roles"],
    ],
  };
}
