import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { tokenTypes } from "../../../facts/token-exchange";
import type { AuditedRequest } from "../audit/audit";
import { AuditUnavailableError } from "../audit/audit-trail";
import type { BrokerClient } from "../config";
import { identifyCaller } from "../identify-caller";
import { issueKeptToken } from "../issuance";
import { servedAt } from "../issuer/authorization-server-metadata";
import { signBrokerToken } from "../issuer/broker-token";
import type { Caller } from "../peer/caller";
import type { RefusalReason } from "../refusals";
import { auditedRequest, type BrokerContext, refuse, tokenEndpoint } from "./broker-context";
import { readFormParameters } from "./form-parameters";
import { readTokenRequest, type TokenRequest } from "./token-request";

/** Bytes: a subject token has at most 16 KiB, and percent-encoding adds little to it. */
const longestBody = 32 * 1024;

/** `POST /oauth2/token`: client credentials (RFC 6749 §4.4) and token exchange (RFC 8693) over mutual TLS (RFC 8705). */
export function oauthTokenRoute(app: FastifyInstance, context: BrokerContext): void {
  for (const path of servedAt(tokenEndpoint, context.issuer?.url)) {
    app.post(path, { bodyLimit: longestBody }, (request, reply) => new TokenEndpoint(context, request, reply).answer());
  }
}

/** One request on its way: what is known of it grows, for the audit. */
class TokenEndpoint {
  readonly #context: BrokerContext;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #audited: AuditedRequest;

  constructor(context: BrokerContext, request: FastifyRequest, reply: FastifyReply) {
    this.#context = context;
    this.#request = request;
    this.#reply = reply;
    this.#audited = auditedRequest(request);
  }

  async answer(): Promise<FastifyReply> {
    const { identification } = this.#context;
    const identified = await identifyCaller(this.#request.raw, identification);
    if (!identified.ok) return this.#refuse(identified.reason);
    const { caller } = identified;
    this.#audited.caller = caller;

    const body = this.#request.body ?? "";
    if (typeof body !== "string") return this.#refuse("parameter_malformed");
    const form = readFormParameters(body);
    if (!form.ok) return this.#refuse(form.reason, form.hint);
    if (Object.keys(this.#request.query ?? {}).length > 0) return this.#refuse("parameter_malformed");
    const read = readTokenRequest(form.parameters);
    if (!read.ok) return this.#refuse(read.reason, read.hint);
    return this.#authorize(caller, read.request);
  }

  /** Who may ask, and for whom. */
  async #authorize(caller: Caller, request: TokenRequest): Promise<FastifyReply> {
    const policy = this.#context.policy();
    const found = policy.clientOf(caller);
    if (!found.found) return this.#refuse(found.reason);
    const { client } = found;
    this.#audited.client = client.name;
    if (caller.kind === "certificate") {
      const hasHeader = this.#request.headers.authorization !== undefined;
      if (request.hasOtherAuthentication || hasHeader) return this.#refuse("authentication_twice");
      // RFC 8705 §2: it tells which client the certificate is to be checked for.
      if (request.clientId === undefined) return this.#refuse("parameter_missing", "client_id");
    }
    if (request.clientId !== undefined && request.clientId !== client.name) return this.#refuse("client_id_mismatch");
    if (!client.grantTypes.includes(request.grant.type)) return this.#refuse("grant_type_not_granted");
    if (request.grant.type === "client_credentials") return this.#issue(caller, client, undefined, request);

    const verified = await this.#context.subjectTokens.verify(request.grant.subjectToken, "actor");
    if (!verified.ok) {
      // An outage, after which the same token is as good as before.
      if (verified.reason === "jwt_keys_unavailable") return this.#refuse(verified.reason);
      return this.#refuse("subject_token_refused", verified.reason);
    }
    const subject = policy.clientOf(verified.caller);
    if (!subject.found) return this.#refuse("subject_token_refused", subject.reason);
    this.#audited.subject = subject.client.name;
    return this.#issue(caller, subject.client, client.name, request);
  }

  /** @param owner Whose grants count. @param actor Who presents the owner's token, in an exchange. */
  async #issue(
    caller: Caller,
    owner: BrokerClient,
    actor: string | undefined,
    request: TokenRequest,
  ): Promise<FastifyReply> {
    const { wanted, account, audience = "", scopes } = request;
    if (wanted === "jwt") return this.#issueBrokerToken(caller, owner, actor, audience);
    if (account !== undefined) this.#audited.account = account;
    if (wanted === "access_token" && audience !== "") return this.#refuse("audience_not_granted");
    const wish = wanted === "id_token" ? { kind: wanted, account, audience } : { kind: wanted, account, scopes };
    const decision = this.#context.policy().grantFor(owner, wish);
    if (!decision.granted) return this.#refuse(decision.reason);
    const { grant, target } = decision;
    this.#audited.account = grant.account;
    const result = await issueKeptToken(this.#audited, { client: owner, grant, target }, this.#context.issuance);
    if (!result.issued) return this.#refuse(result.reason, undefined, result);
    const isAccessToken = wanted === "access_token";
    return this.#send({
      access_token: result.token,
      issued_token_type: isAccessToken ? tokenTypes.accessToken : tokenTypes.idToken,
      // RFC 8693 §2.2.1: what is no access token has no way of being presented as one.
      token_type: isAccessToken ? "Bearer" : "N_A",
      expires_in: result.expiresInSeconds,
      ...(isAccessToken && { scope: grant.scopes.join(" ") }),
      account: grant.account,
      ...(isAccessToken && grant.quotaProject !== undefined && { quota_project_id: grant.quotaProject }),
    });
  }

  async #issueBrokerToken(
    caller: Caller,
    owner: BrokerClient,
    actor: string | undefined,
    audience: string,
  ): Promise<FastifyReply> {
    const { issuer, issuance } = this.#context;
    if (issuer === undefined || owner.brokerToken?.audiences.includes(audience) !== true) {
      return this.#refuse("audience_not_granted");
    }
    const certificateSha256 = caller.kind === "certificate" ? caller.peer.sha256Fingerprint : undefined;
    const now = new Date(issuance.clock.now().wall);
    const request = { client: owner, audience, actor, certificateSha256 };
    const signed = await signBrokerToken(request, issuer.url, issuer.keys(), now);
    if (signed === undefined) return this.#refuse("certificate_binding_impossible");
    const { token, tokenSha256, lifetimeSeconds } = signed;
    const expiresAt = new Date(now.getTime() + lifetimeSeconds * 1000);
    try {
      await issuance.audit.issued(this.#audited, { tokenType: "jwt", tokenSha256, audience, expiresAt });
    } catch (error) {
      if (!(error instanceof AuditUnavailableError)) throw error;
      return this.#refuse("audit_unavailable");
    }
    return this.#send({
      access_token: token,
      issued_token_type: tokenTypes.jwt,
      token_type: "Bearer",
      expires_in: lifetimeSeconds,
    });
  }

  #send(body: Readonly<Record<string, unknown>>): FastifyReply {
    this.#context.metrics.answered(tokenEndpoint, "issued", this.#reply.elapsedTime / 1000);
    return this.#reply.header("cache-control", "no-store").header("pragma", "no-cache").send(body);
  }

  #refuse(
    reason: RefusalReason,
    hint?: string,
    more: { readonly detail?: string; readonly retryAfterSeconds?: number } = {},
  ): Promise<FastifyReply> {
    return refuse(this.#context, this.#reply, this.#audited, reason, { endpoint: tokenEndpoint, hint, ...more });
  }
}
