import { z } from "zod";
import type { Grant } from "../config";
import { parseRefusal, parseSuccess, refusal } from "../upstream/answer";
import { UpstreamError } from "../upstream/upstream-error";
import type { UpstreamRequest, UpstreamResponse } from "../upstream/upstream-request";

/** An access token of a service account, with the whole seconds that it still lives. */
export interface IssuedToken {
  readonly accessToken: string;
  readonly lifetimeSeconds: number;
}

/** Source: cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken. */
export function generateAccessTokenRequest(grant: Grant, federatedToken: string, origin: string): UpstreamRequest {
  return {
    upstream: "iam-credentials",
    url: `${origin}/v1/projects/-/serviceAccounts/${grant.account}:generateAccessToken`,
    headers: {
      authorization: `Bearer ${federatedToken}`,
      "content-type": "application/json",
      accept: "application/json",
    },
    body: JSON.stringify({ scope: grant.scopes, lifetime: `${grant.lifetimeSeconds}s` }),
  };
}

const successSchema = z.object({
  accessToken: z.string().min(1),
  expireTime: z.iso.datetime({ offset: true }),
});
const refusalSchema = z.object({ error: z.object({ status: z.string().min(1), message: z.string().default("") }) });

/**
 * @param receivedAt When the answer came; the expiry is counted from here, and never as more than was asked for, so that
 *   a clock that is slow does not stretch a token's life.
 * @throws {UpstreamError} With Google's status and words.
 */
export function processGenerateAccessTokenResponse(
  response: UpstreamResponse,
  grant: Grant,
  receivedAt: Date,
): IssuedToken {
  if (response.status !== 200) {
    const said = parseRefusal(response, refusalSchema);
    throw refusal("iam-credentials", response, said && { code: said.error.status, description: said.error.message });
  }
  const { accessToken, expireTime } = parseSuccess("iam-credentials", response, successSchema);
  const left = Math.floor((Date.parse(expireTime) - receivedAt.getTime()) / 1000);
  const lifetimeSeconds = Math.min(left, grant.lifetimeSeconds);
  if (lifetimeSeconds < 1) {
    throw new UpstreamError({
      upstream: "iam-credentials",
      code: "malformed_response",
      description: "the token has expired by this machine's clock: set the clock",
      httpStatus: response.status,
      retryable: false,
    });
  }
  return { accessToken, lifetimeSeconds };
}
