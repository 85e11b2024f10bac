import { azureDevOpsAudience } from "../../facts/issuers";
import type { Issuer } from "./issuer";

/** A service connection of Azure DevOps. Ids are UUIDs. */
export interface ServiceConnection {
  readonly organizationId: string;
  readonly connectionId: string;
  /** Base64url of the tenant's and of the application's id, as Entra writes them into `sub`. */
  readonly tenant: string;
  readonly application: string;
}

/**
 * The token that a pipeline gets for a service connection: Entra signs it, and its `sub` is a path of ids.
 * Source: learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity.
 *
 * @param entra issuer of version 2.0 tokens of the tenant
 */
export const serviceConnectionToken = (
  entra: Issuer,
  { organizationId, connectionId, tenant, application }: ServiceConnection,
  audience: string = azureDevOpsAudience,
): Promise<string> =>
  entra.sign(
    { sub: `/eid1/c/pub/t/${tenant}/a/${application}/sc/${organizationId}/${connectionId}`, aud: audience },
    { expiresInSeconds: 300 },
  );
