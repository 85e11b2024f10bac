import { z } from "zod";
import { cloudPlatformScope } from "../../../facts/google-endpoints";
import { tokenExchangeErrors, tokenExchangeGrantType, tokenTypes } from "../../../facts/token-exchange";
import { isPassing, parseRefusal, parseSuccess, refusal, tokenText } from "../upstream/answer";
import type { UpstreamRequest, UpstreamResponse } from "../upstream/upstream-request";
import type { FederatedToken } from "./federated-token";

/**
 * Exchanges an external token for a federated one (RFC 8693 §2.1). Carries no Authorization header: Google refuses it.
 * Source: cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token.
 */
export function tokenExchangeRequest(
  subject: { readonly token: string; readonly type: string },
  audience: string,
  origin: string,
): UpstreamRequest {
  return {
    upstream: "security-token-service",
    url: `${origin}/v1/token`,
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      grant_type: tokenExchangeGrantType,
      audience,
      scope: cloudPlatformScope,
      requested_token_type: tokenTypes.accessToken,
      subject_token: subject.token,
      subject_token_type: subject.type,
    }).toString(),
    secrets: [subject.token],
  };
}

const successSchema = z.object({
  access_token: tokenText,
  issued_token_type: z.literal(tokenTypes.accessToken),
  token_type: z.string().regex(/^bearer$/i),
  /** Recommended by RFC 8693 §2.2.1, not required. */
  expires_in: z.coerce.number().int().positive().optional(),
});
const refusalSchema = z.object({ error: z.string().min(1), error_description: z.string().default("") });
const issuerUnreachable = tokenExchangeErrors.issuerUnreachable().errorDescription;

/** @throws {UpstreamError} With Google's code and words. */
export function processTokenExchangeResponse(response: UpstreamResponse): FederatedToken {
  if (response.status === 200) {
    const { access_token, expires_in } = parseSuccess("security-token-service", response, successSchema);
    return { token: access_token, lifetimeSeconds: expires_in };
  }
  const said = parseRefusal(response, refusalSchema);
  const retryable = isPassing(response.status) || said?.error_description.startsWith(issuerUnreachable) === true;
  throw refusal(
    "security-token-service",
    response,
    said && { code: said.error, description: said.error_description },
    retryable,
  );
}
