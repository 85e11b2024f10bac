import { PrivilegedAccessManagerEntitlement } from "@cdktf/provider-google/lib/privileged-access-manager-entitlement";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { Construct } from "constructs";
import { emailPattern } from "../../facts/names";
import {
  entitlementIdPattern,
  privilegedAccessAgent,
  privilegedAccessAgentRole,
  privilegedAccessLimits,
} from "../../facts/privileged-access";
import { basicRoles, impersonatingRoles } from "../../facts/roles";
import type { Principal } from "../federation/principal";
import { requireProjectId } from "../federation/project-id";
import { requireForm, requireProperty, requireSome } from "../federation/property-error";
import { requirePlainValue } from "../federation/property-text";

/** Who asks or approves: principals of pools, or Google groups and people by `group:` and `user:` with an address. */
export type Approver = Principal | `group:${string}` | `user:${string}`;

export interface ProductionApprovalProps {
  /** Numeric id; undefined for a project without an organization, where Privileged Access Manager does not work. */
  readonly organizationId: string | undefined;
  readonly projectId: string;
  /** 4 to 63 of a-z, 0-9 and -, a letter first. */
  readonly entitlementId: string;
  /** Who may ask, at most 20. */
  readonly requesters: readonly Principal[];
  /** Who may approve; nobody approves a request of their own. */
  readonly approvers: readonly Approver[];
  /** Addresses that are told of requests: federated identities get no mail by themselves. */
  readonly approverEmails?: readonly string[] | undefined;
  /** Roles on the project that a grant gives for its time. */
  readonly roles: readonly string[];
  /** Seconds that a grant lasts at most, 1800 to 604800. */
  readonly longestSeconds: number;
}

/**
 * Roles in production for a limited time, after somebody else has approved, with a reason on both sides: an entitlement of
 * Privileged Access Manager. A token that was given out during a grant lives up to an hour longer than it.
 * Source: cloud.google.com/iam/docs/pam-overview.
 */
export class ProductionApproval extends Construct {
  /** `projects/PROJECT/locations/global/entitlements/ID` */
  readonly name: string;

  /** @throws PropertyError without an organization, for people who approve themselves, basic roles, and durations outside Google's limits */
  constructor(scope: Construct, id: string, props: ProductionApprovalProps) {
    super(scope, id);
    const { organizationId, roles, longestSeconds } = props;
    const projectId = requireProjectId(this, props.projectId);
    requireProperty(
      this,
      "organizationId",
      "undefined",
      organizationId !== undefined,
      "Privileged Access Manager works only in an organization, by the organization's agent; without one give the account a time window (PurposeServiceAccount.window) in a reviewed change",
    );
    requireForm(this, "organizationId", organizationId ?? "", /^[0-9]{1,32}$/, "expected a numeric id");
    const idRule = "expected 4 to 63 of a-z, 0-9 and -, a letter first, no - last";
    requireForm(this, "entitlementId", props.entitlementId, entitlementIdPattern, idRule);
    const { least, most } = privilegedAccessLimits.requestDuration;
    const inRange = Number.isInteger(longestSeconds) && longestSeconds >= least && longestSeconds <= most;
    requireProperty(this, "longestSeconds", String(longestSeconds), inRange, `expected ${least} to ${most} seconds`);
    for (const role of requireSome(this, "roles", roles)) {
      requireForm(this, "roles", role, /^roles\/[A-Za-z0-9.]+$/, "expected a predefined role: roles/SERVICE.NAME");
      const grantable = !basicRoles.has(role) && !/serviceAgent$/i.test(role);
      requireProperty(this, "roles", role, grantable, "Privileged Access Manager grants no basic and no agents' roles");
      const narrow = "on a project it reaches every service account; let people become one account by grantBecome";
      requireProperty(this, "roles", role, !impersonatingRoles.includes(role), narrow);
    }
    const requesters = this.#members("requesters", props.requesters);
    const approvers = this.#members("approvers", props.approvers);
    // A group may stand on both sides: another member of it approves.
    const [only = "", ...more] = new Set([...requesters, ...approvers]);
    const lonely = more.length === 0 && /^(principal|user):/.test(only);
    const otherRule = "expected somebody else than the one who asks: nobody approves a request of their own";
    requireProperty(this, "approvers", approvers.join(", "), !lonely, otherRule);
    const emails = props.approverEmails ?? [];
    for (const email of emails) {
      requirePlainValue(this, "approverEmails", email);
      requireForm(this, "approverEmails", email, emailPattern, "expected an e-mail address");
    }

    const agent = new ProjectIamMember(this, "agent", {
      project: projectId,
      role: privilegedAccessAgentRole,
      member: `serviceAccount:${privilegedAccessAgent(organizationId ?? "")}`,
    });
    const resource = `//cloudresourcemanager.googleapis.com/projects/${projectId}`;
    const entitlement = new PrivilegedAccessManagerEntitlement(this, "entitlement", {
      parent: `projects/${projectId}`,
      location: "global",
      entitlementId: props.entitlementId,
      maxRequestDuration: `${longestSeconds}s`,
      eligibleUsers: [{ principals: requesters }],
      privilegedAccess: {
        gcpIamAccess: {
          resource,
          resourceType: "cloudresourcemanager.googleapis.com/Project",
          roleBindings: roles.map((role) => ({ role })),
        },
      },
      requesterJustificationConfig: { unstructured: {} },
      approvalWorkflow: {
        manualApprovals: {
          requireApproverJustification: true,
          steps: [
            {
              approvalsNeeded: privilegedAccessLimits.approvals,
              ...(emails.length > 0 && { approverEmailRecipients: [...emails] }),
              approvers: { principals: approvers },
            },
          ],
        },
      },
      // Without it Google refuses the entitlement: the agent has to reach the project's policy.
      dependsOn: [agent],
    });
    this.name = entitlement.name;
  }

  #members(property: string, approvers: readonly Approver[]): string[] {
    const some = requireSome(this, property, approvers);
    const limit = privilegedAccessLimits.eligiblePrincipals;
    requireProperty(this, property, `${some.length} principals`, some.length <= limit, `expected at most ${limit}`);
    const rule = "expected a principal of a pool, or group: or user: with an address";
    return some.map((one) => {
      if (typeof one !== "string") return one.member;
      requirePlainValue(this, property, one);
      const isAddress = /^(group|user):/.test(one) && emailPattern.test(one.replace(/^[a-z]+:/, ""));
      requireProperty(this, property, one, isAddress, rule);
      return one;
    });
  }
}
