/** Issuers of OpenID Connect tokens beside Entra, as the `iss` claim holds them. */

/** Source: docs.github.com/actions/reference/security/oidc. */
export const githubActionsIssuer = "https://token.actions.githubusercontent.com";

/** Source: developers.google.com/identity/openid-connect/openid-connect. */
export const googleIssuer = "https://accounts.google.com";
