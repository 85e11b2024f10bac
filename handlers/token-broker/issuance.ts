import type { ApprovalOutcome, Approvals, PendingApproval } from "./approval/approvals";
import type { Audit, AuditedRequest } from "./audit/audit";
import { AuditUnavailableError } from "./audit/audit-trail";
import type { Clock } from "./clock";
import type { BrokerClient, Grant } from "./config";
import type { TokenTarget } from "./exchange/token-target";
import type { TokenKeeper } from "./keeper/token-keeper";
import type { RefusalReason } from "./refusals";

export interface IssuanceTools {
  readonly keeper: TokenKeeper;
  readonly approvals: Approvals;
  readonly audit: Audit;
  readonly clock: Clock;
}

export type IssuanceResult =
  | {
      readonly issued: true;
      readonly token: string;
      readonly expiresInSeconds: number;
      readonly expiresAt: Date;
    }
  | {
      readonly issued: false;
      readonly reason: RefusalReason;
      /** The upstream's words. */
      readonly detail?: string;
      readonly retryAfterSeconds?: number;
    };

/**
 * Hands out a token that the policy grants: after the approval that the grant asks for, from the keeper, and not before the
 * audit has its line.
 */
export async function issueKeptToken(
  request: AuditedRequest,
  wanted: { readonly client: BrokerClient; readonly grant: Grant; readonly target: TokenTarget },
  tools: IssuanceTools,
): Promise<IssuanceResult> {
  const { keeper, audit, clock } = tools;
  const { grant, target } = wanted;
  try {
    if (grant.approval !== undefined) {
      const outcome = await askForApproval(request, wanted.client, target, grant.approval, tools);
      if (!outcome.approved) return { issued: false, reason: outcome.reason };
    }
    const answer = await keeper.get(target);
    if (answer.kind === "unavailable") {
      const { reason, description, retryAfterSeconds } = answer;
      return { issued: false, reason, detail: description, retryAfterSeconds };
    }
    const { token, tokenSha256, remainingSeconds } = answer;
    const expiresAt = new Date(clock.now().wall + remainingSeconds * 1000);
    const audience = target.kind === "id_token" ? target.audience : undefined;
    await audit.issued(request, { tokenType: target.kind, tokenSha256, audience, expiresAt });
    return { issued: true, token, expiresInSeconds: remainingSeconds, expiresAt };
  } catch (error) {
    if (error instanceof AuditUnavailableError)
      return { issued: false, reason: "audit_unavailable", retryAfterSeconds: 10 };
    throw error;
  }
}

function askForApproval(
  request: AuditedRequest,
  client: BrokerClient,
  target: TokenTarget,
  approval: NonNullable<Grant["approval"]>,
  { approvals, audit }: IssuanceTools,
): Promise<ApprovalOutcome> {
  const announce = ({ id }: PendingApproval) => audit.approval("approval_requested", request, { approvalId: id });
  // In a token exchange the client of the request is not the one whose token it is.
  return approvals.ask({ client: client.name, actor: request.client ?? client.name }, target, approval, announce);
}
