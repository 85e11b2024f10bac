import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { PendingApproval } from "../approval/approvals";
import { AuditUnavailableError } from "../audit/audit-trail";
import { identifyCaller } from "../identify-caller";
import type { RefusalReason } from "../refusals";
import { auditedRequest, type BrokerContext, refuse } from "./broker-context";

const endpoint = "/approvals";
export const verdictEndpoint = `${endpoint}/:id`;
const parametersSchema = z.object({ id: z.uuid() });
const verdictSchema = z.strictObject({ decision: z.enum(["approve", "deny"]) });

/** `GET /approvals`: what waits for the client's consent. `POST /approvals/ID` with `{"decision":"approve"}` or `"deny"`. */
export function approvalRoutes(app: FastifyInstance, context: BrokerContext): void {
  const { approvals, audit } = context.issuance;

  app.get(endpoint, async (request, reply) => {
    const audited = auditedRequest(request);
    const identified = await identifyCaller(request.raw, context.identification);
    if (!identified.ok) return refuse(context, reply, audited, identified.reason, { endpoint });
    const found = context.policy().clientOf(identified.caller);
    if (!found.found) {
      audited.caller = identified.caller;
      return refuse(context, reply, audited, found.reason, { endpoint });
    }
    const pending = approvals.pendingFor(found.client.name).map(describe);
    return reply.header("cache-control", "no-store").send({ pending });
  });

  app.post(verdictEndpoint, { bodyLimit: 256 }, async (request, reply) => {
    const audited = auditedRequest(request);
    const refused = (reason: RefusalReason) => refuse(context, reply, audited, reason, { endpoint });
    const identified = await identifyCaller(request.raw, context.identification);
    if (!identified.ok) return refused(identified.reason);
    audited.caller = identified.caller;
    const found = context.policy().clientOf(identified.caller);
    if (!found.found) return refused(found.reason);
    const approver = found.client.name;
    audited.client = approver;
    const parameters = parametersSchema.safeParse(request.params);
    const verdict = verdictSchema.safeParse(request.body);
    if (!verdict.success) return refused("verdict_malformed");
    const pending = parameters.success ? approvals.find(parameters.data.id, approver) : undefined;
    if (pending === undefined) return notFound(reply);
    const { decision } = verdict.data;
    try {
      const event = decision === "approve" ? "approval_given" : "approval_denied";
      const about = { ...audited, account: pending.target.account, subject: pending.client };
      await audit.approval(event, about, { approvalId: pending.id, approver });
    } catch (error) {
      if (!(error instanceof AuditUnavailableError)) throw error;
      return refused("audit_unavailable");
    }
    // Another approver, a new policy or the clock may have been quicker while the line was written.
    if (!approvals.decide(pending.id, approver, decision).ok) return notFound(reply);
    return reply.header("cache-control", "no-store").send({ ...describe(pending), decision });
  });
}

const notFound = (reply: FastifyReply): FastifyReply =>
  reply.code(404).send({ error: "not_found", error_description: "nothing of this id waits for the client" });

const describe = ({ id, client, actor, target, requestedAt, expiresAt }: PendingApproval) => ({
  id,
  client,
  ...(actor !== client && { actor }),
  account: target.account,
  token_type: target.kind,
  ...(target.kind === "id_token" ? { audience: target.audience } : { scope: target.scopes.join(" ") }),
  requested_at: requestedAt.toISOString(),
  expires_at: expiresAt.toISOString(),
});
