/**
 * Microsoft Graph and workload identity federation into Entra: names and limits.
 * Source: learn.microsoft.com/graph (permissions-reference, api/user-list-transitivememberof, paging, throttling),
 * learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust.
 */

/** Client id of Microsoft Graph, the same in every tenant. */
export const microsoftGraphClientId = "00000003-0000-0000-c000-000000000000";

/** What an application asks a token for, to get every permission that it was given on Graph. */
export const microsoftGraphScope = "https://graph.microsoft.com/.default";

/**
 * Application permissions by name: the ids of Graph's app roles, the same in every tenant. `User.Read.All` is the least
 * that lists somebody's memberships and reports; of groups it shows the object id only, which is all that is asked for.
 */
export const microsoftGraphAppRoles = { "User.Read.All": "df021288-bdef-4463-88db-98f22de89214" } as const;

/** Audience of a token of another issuer that stands for an application's own assertion. */
export const federatedCredentialAudience = "api://AzureADTokenExchange";

/** Objects on one page of memberships or reports, at most. */
export const microsoftGraphPageSize = 999;

export const groupType = "#microsoft.graph.group";
export const userType = "#microsoft.graph.user";

/** Path of everything that a person is a member of, directly or through other groups. */
export const transitiveMembershipsPath = (objectId: string): string => `/v1.0/users/${objectId}/transitiveMemberOf`;

/** Path of the people whose manager a person is. */
export const directReportsPath = (objectId: string): string => `/v1.0/users/${objectId}/directReports`;
