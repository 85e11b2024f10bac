import type { FastifyReply, FastifyRequest } from "fastify";
import type { AuditedRequest } from "../audit/audit";
import type { TokenVerifier } from "../bearer/token-verifier";
import type { CallerIdentification } from "../identify-caller";
import type { IssuanceTools } from "../issuance";
import { issuerPaths } from "../issuer/authorization-server-metadata";
import type { SigningKeys } from "../issuer/signing-keys";
import type { BrokerMetrics } from "../metrics";
import type { Policy } from "../policy/policy";
import { type RefusalReason, refusals } from "../refusals";
import type { RepeatedReads } from "./repeated-reads";

/** What all routes work with. */
export interface BrokerContext {
  readonly identification: CallerIdentification;
  /** The present one: it may be replaced between requests. */
  readonly policy: () => Policy;
  readonly issuance: IssuanceTools;
  readonly metrics: BrokerMetrics;
  readonly reads: RepeatedReads;
  /** Whose JWTs are taken as subject tokens. */
  readonly subjectTokens: TokenVerifier;
  /** Where the broker issues tokens of its own. */
  readonly issuer: { readonly url: string; readonly keys: () => SigningKeys } | undefined;
}

export interface RefusalOptions {
  readonly endpoint: string;
  /** For the audit, and for the client where it is the service's public words. */
  readonly detail?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** What is wrong with which parameter, in words of ours. */
  readonly hint?: string | undefined;
}

/** Seconds after which a client may try again where nothing tells when it will go better. */
const usualRetryAfter = 30;

/** Refuses, writes it down, and counts it. */
export async function refuse(
  context: BrokerContext,
  reply: FastifyReply,
  request: AuditedRequest,
  reason: RefusalReason,
  { endpoint, detail, retryAfterSeconds, hint }: RefusalOptions,
): Promise<FastifyReply> {
  await context.issuance.audit.refused(request, reason, detail ?? hint);
  context.metrics.answered(endpoint, reason, reply.elapsedTime / 1000);
  const refusal = refusals[reason];
  const { status, error } = (endpoint === tokenEndpoint ? refusal.atTokenEndpoint : undefined) ?? refusal;
  // In an outage the detail names hosts and addresses, which are for the log; a refusal is in the service's public words.
  const said = reason === "upstream_refused" ? detail : hint;
  const description = said === undefined ? refusal.description : `${refusal.description}: ${said}`;
  const wait = retryAfterSeconds ?? (status === 503 ? usualRetryAfter : undefined);
  if (wait !== undefined) reply.header("retry-after", String(wait));
  if (status === 401 && context.identification.bearer !== undefined) {
    reply.header("www-authenticate", reason.startsWith("jwt_") ? 'Bearer error="invalid_token"' : "Bearer");
  }
  // A new connection brings a new handshake, in which the client may show another certificate.
  if (reason.startsWith("certificate_") && !context.identification.listener.sharesConnections) {
    reply.header("connection", "close");
  }
  return reply.code(status).header("cache-control", "no-store").send({ error, error_description: description });
}

export const tokenEndpoint = issuerPaths.token;

/** The endpoint that a request came to, in one spelling, for answers and metrics. */
export function endpointOf({ routeOptions: { url = "none" } }: Pick<FastifyRequest, "routeOptions">): string {
  return url.endsWith(tokenEndpoint) ? tokenEndpoint : url;
}

export const auditedRequest = ({ id, raw }: FastifyRequest): AuditedRequest => ({
  requestId: id,
  remoteAddress: raw.socket.remoteAddress,
});
