import { randomBytes } from "node:crypto";
import { entraIssuer } from "../../../facts/entra";
import type { Issuer } from "../issuer";
import { printable } from "./client-authentication";
import type { Application, EntraDirectory } from "./directory";
import { type EntraError, entraErrors } from "./error";

/** Seconds; Entra varies it between 60 and 90 minutes, with 60 for those who ask nothing else. */
const lifetimeSeconds = 3600;

/** The issuers of both versions of access tokens of one tenant. */
export interface TenantIssuers {
  readonly tenantId: string;
  readonly v1: Issuer;
  readonly v2: Issuer;
}

export const entraV1Issuer = (tenantId: string): string => `https://sts.windows.net/${tenantId}/`;
export const entraV2Issuer = entraIssuer;

export type ClientCredentialsResult =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>>; readonly resource: Application }
  | { readonly ok: false; readonly error: EntraError };

/**
 * The client credentials grant (RFC 6749 §4.4) of an application that has authenticated itself.
 * Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow and access-token-claims-reference.
 */
export async function grantClientCredentials(
  directory: EntraDirectory,
  issuers: TenantIssuers,
  client: { readonly application: Application; readonly proof: "1" | "2" },
  scope: string | undefined,
): Promise<ClientCredentialsResult> {
  if (scope === undefined || scope === "") return { ok: false, error: entraErrors.missingParameter("scope") };
  const requested = /^(?<resource>\S+)\/\.default$/.exec(scope)?.groups?.["resource"];
  if (requested === undefined) return { ok: false, error: entraErrors.badScope() };
  const resource = directory.findResource(requested);
  if (resource?.servicePrincipal === undefined || !resource.servicePrincipal.enabled) {
    return { ok: false, error: entraErrors.unknownResource(printable(requested), issuers.tenantId) };
  }
  const { application } = client;
  const objectId = application.servicePrincipal?.objectId ?? "";
  if (resource.servicePrincipal.assignmentRequired && !directory.assignedPrincipals(resource).has(objectId)) {
    const names = [application.clientId, application.displayName, resource.clientId, resource.displayName];
    return { ok: false, error: entraErrors.applicationNotAssigned(...names) };
  }
  const roles = directory.appRoles(resource, [objectId]);
  const common = {
    aio: randomBytes(24).toString("base64url"),
    oid: objectId,
    sub: objectId,
    tid: issuers.tenantId,
    ...(roles.length === 0 ? {} : { roles }),
    ...(directory.hasOptionalAccessTokenClaim(resource, "idtyp") ? { idtyp: "app" } : {}),
    uti: randomBytes(16).toString("base64url"),
  };
  // The version follows the resource's registration, not the endpoint that was called.
  const accessToken =
    resource.accessTokenVersion === 2
      ? issuers.v2.sign(
          { aud: resource.clientId, azp: application.clientId, azpacr: client.proof, ...common, ver: "2.0" },
          { expiresInSeconds: lifetimeSeconds },
        )
      : issuers.v1.sign(
          {
            aud: requested,
            appid: application.clientId,
            appidacr: client.proof,
            idp: issuers.v1.issuer,
            ...common,
            ver: "1.0",
          },
          { expiresInSeconds: lifetimeSeconds },
        );
  return {
    ok: true,
    resource,
    body: {
      token_type: "Bearer",
      expires_in: lifetimeSeconds - 1,
      ext_expires_in: lifetimeSeconds - 1,
      access_token: await accessToken,
    },
  };
}
