/** Microsoft Entra ID: addresses and names. Source: learn.microsoft.com/entra/identity-platform. */
export const entraLoginOrigin = "https://login.microsoftonline.com";
export const microsoftGraphOrigin = "https://graph.microsoft.com";

/** Issuer of version 2.0 tokens of a tenant; exact, no trailing slash. */
export const entraIssuer = (tenant: string): string => `${entraLoginOrigin}/${tenant}/v2.0`;

/** Token endpoint of a tenant; also the audience of a client assertion (private_key_jwt). */
export const entraTokenEndpoint = (tenant: string): string => `${entraLoginOrigin}/${tenant}/oauth2/v2.0/token`;

/** RFC 7523 §2.2. */
export const jwtBearerAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Value of the app role that lets a service principal federate into Google Cloud. */
export const federationAppRole = "Gcp.Federate";

/** App-role id of plain assignment without a role ("default access"). */
export const defaultAccessAppRoleId = "00000000-0000-0000-0000-000000000000";
