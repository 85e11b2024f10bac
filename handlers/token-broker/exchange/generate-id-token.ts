import { z } from "zod";
import { federationLimits } from "../../../facts/federation-limits";
import { jwtExpiry } from "../sources/token-text";
import { parseSuccess, tokenText } from "../upstream/answer";
import { UpstreamError } from "../upstream/upstream-error";
import type { UpstreamRequest, UpstreamResponse } from "../upstream/upstream-request";
import {
  type IssuedToken,
  impersonationRequest,
  living,
  type RoundTrip,
  refuseUnlessSuccess,
} from "./generate-access-token";
import type { TokenTarget } from "./token-target";

type IdTokenTarget = Extract<TokenTarget, { kind: "id_token" }>;

/**
 * With the e-mail of the account, which Identity-Aware Proxy asks for.
 * Source: cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken.
 */
export function generateIdTokenRequest(
  { account, audience }: IdTokenTarget,
  federatedToken: string,
  origin: string,
): UpstreamRequest {
  return impersonationRequest(account, "generateIdToken", federatedToken, origin, { audience, includeEmail: true });
}

const successSchema = z.object({ token: tokenText });

/** @throws {UpstreamError} With Google's status and words. */
export function processGenerateIdTokenResponse(response: UpstreamResponse, trip: RoundTrip): IssuedToken {
  refuseUnlessSuccess(response);
  const { token } = parseSuccess("iam-credentials", response, successSchema);
  const expiry = jwtExpiry(token);
  if (expiry === undefined) {
    throw new UpstreamError({
      upstream: "iam-credentials",
      code: "malformed_response",
      description: "expected a JWT that tells when it expires",
      retryable: false,
    });
  }
  return living(token, expiry.getTime(), trip, federationLimits.impersonatedTokenSeconds);
}
