import type { Endpoints } from "../../runtime";
import type { ExternalTokenSource } from "../sources/external-token-source";
import { type RetryTools, withRetries } from "../upstream/retry";
import { UpstreamError } from "../upstream/upstream-error";
import type { Send } from "../upstream/upstream-request";
import { type FederatedToken, SharedFederatedToken } from "./federated-token";
import {
  generateAccessTokenRequest,
  type IssuedToken,
  processGenerateAccessTokenResponse,
  type RoundTrip,
} from "./generate-access-token";
import { generateIdTokenRequest, processGenerateIdTokenResponse } from "./generate-id-token";
import { processTokenExchangeResponse, tokenExchangeRequest } from "./token-exchange";
import type { TokenTarget } from "./token-target";

/** Obtains a token. @throws {UpstreamError} */
export type IssueToken = (target: TokenTarget, signal: AbortSignal) => Promise<IssuedToken>;

export interface ChainTools extends RetryTools {
  readonly send: Send;
  readonly endpoints: Pick<Endpoints, "securityTokenService" | "iamCredentials">;
}

/**
 * The chain: external token, federated token (one for all accounts), token of the service account. Each step is retried by
 * itself.
 */
export function tokenChain(source: ExternalTokenSource, audience: string, tools: ChainTools): IssueToken {
  const federated = new SharedFederatedToken((signal) => exchange(source, audience, tools, signal), tools);
  return async (target, signal) => {
    const federatedToken = await federated.get(signal);
    try {
      return await impersonate(target, federatedToken, tools, signal);
    } catch (error) {
      // A pool that was disabled and enabled again, or a revoked session: an older token no longer counts.
      if (!(error instanceof UpstreamError) || error.httpStatus !== 401) throw error;
      federated.discard(federatedToken);
      return impersonate(target, await federated.get(signal), tools, signal);
    }
  };
}

async function exchange(
  source: ExternalTokenSource,
  audience: string,
  tools: ChainTools,
  signal: AbortSignal,
): Promise<FederatedToken> {
  const subject = await withRetries(() => source.fetch(signal), signal, tools);
  const request = tokenExchangeRequest(subject, audience, tools.endpoints.securityTokenService);
  return withRetries(async () => processTokenExchangeResponse(await tools.send(request, signal)), signal, tools);
}

function impersonate(
  target: TokenTarget,
  federatedToken: string,
  tools: ChainTools,
  signal: AbortSignal,
): Promise<IssuedToken> {
  const { send, clock, endpoints } = tools;
  const attempt = async () => {
    const sent = clock.now();
    const trip = (): RoundTrip => {
      const received = clock.now();
      // The further of both clocks: one stands still while the machine sleeps.
      const milliseconds = Math.max(0, received.wall - sent.wall, received.monotonic - sent.monotonic);
      return { receivedAt: new Date(received.wall), milliseconds };
    };
    if (target.kind === "access_token") {
      const request = generateAccessTokenRequest(target, federatedToken, endpoints.iamCredentials);
      return processGenerateAccessTokenResponse(await send(request, signal), target, trip());
    }
    const request = generateIdTokenRequest(target, federatedToken, endpoints.iamCredentials);
    return processGenerateIdTokenResponse(await send(request, signal), trip());
  };
  return withRetries(attempt, signal, tools);
}
