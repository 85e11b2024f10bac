import { microsoftGraphAppRoles, microsoftGraphClientId } from "../../../facts/microsoft-graph";

/** Object id of Microsoft Graph's service principal, which is in every tenant and has another id in each: in the twin's. */
const servicePrincipal = "00000003-7e2b-4a43-9c5d-0f7a4a1c9e52";

/** The service principal that a tenant has of an application of Microsoft's, by client id. */
export const builtInServicePrincipal = (clientId: string): string | undefined =>
  clientId === microsoftGraphClientId ? servicePrincipal : undefined;

/** Whether an application of Microsoft's offers a permission, by the id of its app role. */
export const offersPermission = (clientId: string, appRoleId: string): boolean =>
  clientId === microsoftGraphClientId && Object.values<string>(microsoftGraphAppRoles).includes(appRoleId);
