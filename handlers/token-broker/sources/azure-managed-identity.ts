import { z } from "zod";
import { tokenTypes } from "../../../facts/token-exchange";
import type { SourceConfigOf } from "../config";
import { isPassing, parseRefusal, parseSuccess, refusal, tokenText } from "../upstream/answer";
import type { UpstreamRequest, UpstreamResponse } from "../upstream/upstream-request";
import type { ExternalToken, ExternalTokenSource, SourceTools } from "./external-token-source";

type Config = SourceConfigOf<"azure-managed-identity">;

/** Source: learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token. */
export function managedIdentityRequest({ resource, clientId }: Config, origin: string): UpstreamRequest {
  const query = new URLSearchParams({
    "api-version": "2018-02-01",
    resource,
    ...(clientId !== undefined && { client_id: clientId }),
  });
  return {
    upstream: "azure-managed-identity",
    method: "GET",
    url: `${origin}/metadata/identity/oauth2/token?${query}`,
    // The service refuses requests without it, which a browser or a forged request would be.
    headers: { Metadata: "true" },
  };
}

const successSchema = z.object({
  access_token: tokenText,
  /** Seconds since the epoch, as a text. */
  expires_on: z.coerce.number().int().positive(),
});
const refusalSchema = z.object({ error: z.string().min(1), error_description: z.string().default("") });

/** @throws {UpstreamError} */
export function processManagedIdentityResponse(response: UpstreamResponse): ExternalToken {
  const upstream = "azure-managed-identity";
  if (response.status === 200) {
    const { access_token, expires_on } = parseSuccess(upstream, response, successSchema);
    return { token: access_token, type: tokenTypes.jwt, expiresAt: new Date(expires_on * 1000) };
  }
  const said = parseRefusal(response, refusalSchema);
  // 410: the service is being updated; 404: it has just been started. Both pass within a minute or so.
  const retryable = isPassing(response.status) || response.status === 410 || response.status === 404;
  throw refusal(upstream, response, said && { code: said.error, description: said.error_description }, retryable);
}

/** The token of an Azure virtual machine's managed identity. */
export function azureManagedIdentitySource(config: Config, { send, endpoints }: SourceTools): ExternalTokenSource {
  const request = managedIdentityRequest(config, endpoints.azureMetadata);
  return {
    fetch: async (signal) => processManagedIdentityResponse(await send(request, signal)),
  };
}
