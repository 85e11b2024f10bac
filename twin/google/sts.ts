import type { X509Certificate } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { evaluateExchange, type FederatedIdentity } from "../../analysis";
import { federationLimits } from "../../facts/federation-limits";
import { type TokenExchangeError, tokenExchangeErrors, tokenTypes } from "../../facts/token-exchange";
import { parseCompactJwt } from "../issuers/compact-jwt";
import { normalizedIssuer } from "../issuers/issuer";
import { MalformedRequestError, requestTarget, sendJson } from "../issuers/message";
import type { VirtualHost } from "../network/virtual-host";
import { checkClientCertificate } from "./client-certificate";
import { type ExchangeRequest, readExchangeRequest } from "./exchange-request";
import { findProvider, sessionSeconds } from "./pool-provider";
import type { GoogleServices } from "./services";
import { checkSubjectToken, claimedCredential } from "./subject-token";

type ExchangeResult =
  | {
      readonly admitted: true;
      readonly identity: FederatedIdentity;
      readonly expiresAt: Date;
      readonly explanation: string;
    }
  | { readonly admitted: false; readonly error: TokenExchangeError; readonly explanation: string };

/** sts.googleapis.com: POST /v1/token. Source: cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token. */
export function securityTokenServiceHost(services: GoogleServices): VirtualHost {
  return {
    hostname: "sts.googleapis.com",
    handle: (request, response) => handleExchange(services, request, response),
  };
}

/**
 * Answers a token exchange.
 *
 * @param peer the certificate of which the client has shown the key, in mutual TLS
 */
export async function handleExchange(
  services: GoogleServices,
  request: IncomingMessage,
  response: ServerResponse,
  peer?: X509Certificate,
): Promise<void> {
  if (request.method !== "POST" || requestTarget(request)?.pathname !== "/v1/token") {
    sendJson(response, 404, {
      error: { code: 404, message: "Requested entity was not found.", status: "NOT_FOUND" },
    });
    return;
  }
  try {
    await answer(services, request, response, peer);
  } catch (error) {
    if (!(error instanceof MalformedRequestError)) throw error;
    refuse(services, response, "POST /v1/token", invalidRequest(error.message), error.message, error.httpStatus);
  }
}

async function answer(
  services: GoogleServices,
  request: IncomingMessage,
  response: ServerResponse,
  peer: X509Certificate | undefined,
): Promise<void> {
  if (request.headers.authorization !== undefined) {
    // Google reads it as client authentication, which these audiences do not take.
    const error = invalidRequest("The request must not carry an Authorization header.");
    return refuse(
      services,
      response,
      "POST /v1/token",
      error,
      "A token exchange authenticates by its subject token alone.",
    );
  }
  const parsed = await readExchangeRequest(request);
  if (!parsed.ok)
    return refuse(services, response, "POST /v1/token", parsed.error, "The request is incomplete or malformed.");
  const { exchange } = parsed;
  const described = `POST /v1/token for ${printable(exchange.audience)}`;
  const result = await decide(services, exchange, peer);
  if (!result.admitted) return refuse(services, response, described, result.error, result.explanation);

  const now = Date.now();
  const remaining = Math.floor((result.expiresAt.getTime() - now) / 1000);
  // A token inside the clock skew has no life left but is still admitted: one second, never less.
  const lifetime = Math.max(1, Math.min(remaining, sessionSeconds(services.store, result.identity.pool)));
  const expiresAt = new Date(now + lifetime * 1000);
  const accessToken = services.tokens.issue({ identity: result.identity, expiresAt, scopes: exchange.scope });
  services.decisions.record({
    by: "sts",
    request: described,
    outcome: "allowed",
    reason: `${result.identity.pool}/subject/${result.identity.subject}`,
    explanation: result.explanation,
  });
  sendJson(response, 200, {
    access_token: accessToken,
    issued_token_type: tokenTypes.accessToken,
    token_type: "Bearer",
    expires_in: lifetime,
  });
}

async function decide(
  services: GoogleServices,
  exchange: ExchangeRequest,
  peer: X509Certificate | undefined,
): Promise<ExchangeResult> {
  switch (exchange.subject_token_type) {
    case tokenTypes.awsRequest:
      return decideAwsRequest(services, exchange);
    case tokenTypes.mutualTls:
      return decideCertificate(services, exchange, peer);
    default:
      return decideIdToken(services, exchange);
  }
}

function decideCertificate(
  services: GoogleServices,
  exchange: ExchangeRequest,
  peer: X509Certificate | undefined,
): ExchangeResult {
  if (peer === undefined) {
    const explanation = "A certificate is exchanged over mutual TLS alone, at sts.mtls.googleapis.com.";
    return refused(invalidRequest('Invalid value for "subject_token_type".'), explanation);
  }
  const model = services.accessModel();
  const issuer = model.providers.get(exchange.audience.replace(/^\/\/iam\.googleapis\.com\//, ""))?.issuer;
  const check = checkClientCertificate(exchange.subject_token, peer, issuer?.kind === "x509" ? issuer : undefined);
  if (!check.genuine) return refused(check.error, check.explanation);
  const decision = evaluateExchange(model, exchange.audience, check.credential);
  return decision.admitted ? { ...decision, expiresAt: check.expiresAt } : decision;
}

async function decideIdToken(services: GoogleServices, exchange: ExchangeRequest): Promise<ExchangeResult> {
  const token = parseCompactJwt(exchange.subject_token);
  const credential = token === undefined ? undefined : claimedCredential(token);
  if (token === undefined || credential === undefined) {
    return refused(tokenExchangeErrors.unparsable(), "The subject token is not a compact JWT with iss and aud.");
  }
  const provider = findProvider(services.store, exchange.audience);
  if (provider?.issuer === undefined || normalizedIssuer(provider.issuer) !== normalizedIssuer(credential.issuer)) {
    // No key of this issuer would be asked for: what is claimed suffices to refuse, and nothing may come of it but a refusal.
    const decision = evaluateExchange(services.accessModel(), exchange.audience, credential);
    return decision.admitted
      ? refused(tokenExchangeErrors.invalidTarget(), "No provider of this name takes tokens of this issuer.")
      : decision;
  }
  const check = await checkSubjectToken(token, provider.issuer, services.issuers, provider.uploadedKeys);
  if (!check.genuine) return refused(check.error, check.explanation);
  const decision = evaluateExchange(services.accessModel(), exchange.audience, credential);
  return decision.admitted ? { ...decision, expiresAt: check.expiresAt } : decision;
}

function decideAwsRequest(services: GoogleServices, exchange: ExchangeRequest): ExchangeResult {
  const verification = services.aws.verifyCallerIdentity(exchange.subject_token, exchange.audience);
  if (!verification.verified) return refused(tokenExchangeErrors.badAwsRequest(), verification.explanation);
  const decision = evaluateExchange(services.accessModel(), exchange.audience, {
    kind: "aws",
    claims: verification.caller,
  });
  return decision.admitted ? { ...decision, expiresAt: verification.expiresAt } : decision;
}

function refuse(
  services: GoogleServices,
  response: ServerResponse,
  request: string,
  error: TokenExchangeError,
  explanation: string,
  status = 400,
): void {
  services.decisions.record({ by: "sts", request, outcome: "refused", reason: error.errorDescription, explanation });
  sendJson(response, status, { error: error.error, error_description: error.errorDescription });
}

const refused = (error: TokenExchangeError, explanation: string): ExchangeResult => ({
  admitted: false,
  error,
  explanation,
});
const invalidRequest = (description: string): TokenExchangeError => ({
  error: "invalid_request",
  errorDescription: description,
});

/** What a client sent as a name, fit for a log: an audience has at most 256 characters, and none that a terminal obeys. */
const printable = (text: string): string =>
  text.slice(0, federationLimits.audienceCharacters).replace(/[^\x20-\x7e]/g, "?");
