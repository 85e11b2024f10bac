import { z } from "zod";
import { parseRefusal, parseSuccess, refusal, tokenText } from "../upstream/answer";
import { type Upstream, UpstreamError } from "../upstream/upstream-error";
import type { UpstreamRequest, UpstreamResponse } from "../upstream/upstream-request";
import type { TokenTarget } from "./token-target";

const upstream: Upstream = "iam-credentials";

/** When an answer came, and how long after its request was sent. */
export interface RoundTrip {
  readonly receivedAt: Date;
  readonly milliseconds: number;
}

/** A token of a service account, with the whole seconds that it still lives. */
export interface IssuedToken {
  readonly token: string;
  readonly lifetimeSeconds: number;
}

type AccessTokenTarget = Extract<TokenTarget, { kind: "access_token" }>;

/** Source: cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken. */
export function generateAccessTokenRequest(
  { account, scopes, lifetimeSeconds }: AccessTokenTarget,
  federatedToken: string,
  origin: string,
): UpstreamRequest {
  return impersonationRequest(account, "generateAccessToken", federatedToken, origin, {
    scope: scopes,
    lifetime: `${lifetimeSeconds}s`,
  });
}

/** A call of a method of a service account with the federated token. */
export function impersonationRequest(
  account: string,
  method: "generateAccessToken" | "generateIdToken",
  federatedToken: string,
  origin: string,
  body: object,
): UpstreamRequest {
  return {
    upstream,
    url: `${origin}/v1/projects/-/serviceAccounts/${account}:${method}`,
    headers: {
      authorization: `Bearer ${federatedToken}`,
      "content-type": "application/json",
      accept: "application/json",
    },
    body: JSON.stringify(body),
    secrets: [federatedToken],
  };
}

const successSchema = z.object({
  accessToken: tokenText,
  expireTime: z.iso.datetime({ offset: true }),
});
const refusalSchema = z.object({ error: z.object({ status: z.string().min(1), message: z.string().default("") }) });

/**
 * The expiry is counted from the receipt of the answer, and never as more than was asked for from the sending of the
 * request on, so that a clock that is slow does not stretch a token's life.
 *
 * @throws {UpstreamError} With Google's status and words.
 */
export function processGenerateAccessTokenResponse(
  response: UpstreamResponse,
  target: Pick<AccessTokenTarget, "lifetimeSeconds">,
  trip: RoundTrip,
): IssuedToken {
  refuseUnlessSuccess(response);
  const { accessToken, expireTime } = parseSuccess(upstream, response, successSchema);
  return living(accessToken, Date.parse(expireTime), trip, target.lifetimeSeconds);
}

/** @throws {UpstreamError} With Google's status and words. */
export function refuseUnlessSuccess(response: UpstreamResponse): void {
  if (response.status === 200) return;
  const said = parseRefusal(response, refusalSchema);
  throw refusal(upstream, response, said && { code: said.error.status, description: said.error.message });
}

/** @param expiry Milliseconds since the epoch. @throws {UpstreamError} When it has come. */
export function living(token: string, expiry: number, trip: RoundTrip, longestSeconds: number): IssuedToken {
  const left = Math.min(expiry - trip.receivedAt.getTime(), longestSeconds * 1000 - trip.milliseconds);
  const lifetimeSeconds = Math.floor(left / 1000);
  if (lifetimeSeconds >= 1) return { token, lifetimeSeconds };
  throw new UpstreamError({
    upstream,
    code: "malformed_response",
    description: "the token has expired by this machine's clock: set the clock",
    retryable: false,
  });
}
