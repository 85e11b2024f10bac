import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { identifyCaller } from "../identify-caller";
import { issueKeptToken } from "../issuance";
import type { RefusalReason } from "../refusals";
import { auditedRequest, type BrokerContext, type RefusalOptions, refuse } from "./broker-context";
import { readEndpoint } from "./repeated-reads";
import { type TokenForm, tokenAnswer, tokenHeaders } from "./token-answer";
import { longestAccount } from "./token-request";

const endpoint = readEndpoint;

/** A misspelt parameter is refused: passed over, it would give the token of another account than was meant. */
const querySchema = z.strictObject({ account: z.string().min(1).max(longestAccount).optional() });

const noParameters: ReturnType<typeof querySchema.safeParse> = { success: true, data: {} };

/** `GET /get_wif_token`: an access token as JSON, or alone for `Accept: text/plain`. */
export function getWifTokenRoute(app: FastifyInstance, context: BrokerContext): void {
  app.get(endpoint, async (request, reply) => {
    const audited = auditedRequest(request);
    const refused = (reason: RefusalReason, options: Omit<RefusalOptions, "endpoint"> = {}) =>
      refuse(context, reply, audited, reason, { endpoint, ...options });

    const identified = await identifyCaller(request.raw, context.identification);
    if (!identified.ok) return refused(identified.reason);
    const { caller } = identified;
    audited.caller = caller;

    const query = request.raw.url === endpoint ? noParameters : querySchema.safeParse(request.query);
    if (!query.success || hasBody(request)) return refused("request_malformed");
    const { account } = query.data;
    if (account !== undefined) audited.account = account;

    const policy = context.policy();
    const found = policy.clientOf(caller);
    if (!found.found) return refused(found.reason);
    const { client } = found;
    audited.client = client.name;
    const decision = policy.grantFor(client, { kind: "access_token", account });
    if (!decision.granted) return refused(decision.reason);
    const { grant, target } = decision;
    audited.account = grant.account;

    const result = await issueKeptToken(audited, { client, grant, target }, context.issuance);
    if (!result.issued) return refused(result.reason, result);
    context.metrics.answered(endpoint, "issued", reply.elapsedTime / 1000);
    const form = formOf(request);
    if (caller.kind === "certificate") {
      context.reads.remember(request.raw, { peer: caller.peer, policy, client, grant, target, form });
    }
    return reply.headers(tokenHeaders[form]).send(tokenAnswer(result, grant, form));
  });
}

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

/** Names of media types are alike in either case (RFC 9110 §8.3.1). */
function formOf({ headers: { accept = "" } }: FastifyRequest): TokenForm {
  const types = accept.toLowerCase();
  return types.includes("text/plain") && !types.includes("application/json") ? "text" : "json";
}
