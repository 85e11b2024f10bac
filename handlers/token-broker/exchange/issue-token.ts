import type { Endpoints } from "../../runtime";
import type { Grant } from "../config";
import type { ExternalTokenSource } from "../sources/external-token-source";
import { type RetryTools, withRetries } from "../upstream/retry";
import type { Send } from "../upstream/upstream-request";
import {
  generateAccessTokenRequest,
  type IssuedToken,
  processGenerateAccessTokenResponse,
} from "./generate-access-token";
import { processTokenExchangeResponse, tokenExchangeRequest } from "./token-exchange";

/** Obtains a token for a grant, from the start. @throws {UpstreamError} */
export type IssueToken = (grant: Grant, signal: AbortSignal) => Promise<IssuedToken>;

export interface ChainTools extends RetryTools {
  readonly send: Send;
  readonly endpoints: Pick<Endpoints, "securityTokenService" | "iamCredentials">;
}

/** The chain: external token, federated token, token of the service account. Each step is retried by itself. */
export function tokenChain(source: ExternalTokenSource, audience: string, tools: ChainTools): IssueToken {
  const { send, endpoints, clock } = tools;
  return async (grant, signal) => {
    const external = await withRetries(() => source.fetch(signal), signal, tools);
    const subject = { token: external.token, type: source.subjectTokenType };
    const exchange = tokenExchangeRequest(subject, audience, endpoints.securityTokenService);
    const federatedToken = await withRetries(
      async () => processTokenExchangeResponse(await send(exchange, signal)),
      signal,
      tools,
    );
    const generate = generateAccessTokenRequest(grant, federatedToken, endpoints.iamCredentials);
    return withRetries(
      async () => processGenerateAccessTokenResponse(await send(generate, signal), grant, new Date(clock.now().wall)),
      signal,
      tools,
    );
  };
}
