import type { Construct } from "constructs";
import { ProductionApproval } from "../constructs/access";
import { ExistingWorkforcePool } from "../constructs/federation";
import type { Environment } from "./schema";
import { objectIdOf } from "./workload-accounts";

/**
 * Declares what people of an environment may ask for and who approves it, in the organization's stack: whoever may make an
 * entitlement may give every role on the project, and so the environment's own deployments must not.
 */
export function declareApproval(scope: Construct, organizationId: string, environment: Environment): void {
  const { name, approval, project, workforce } = environment;
  if (approval === undefined) return;
  const people = new ExistingWorkforcePool(scope, workforce.poolId);
  const groups = (keys: readonly string[]) => keys.map((key) => people.group(objectIdOf(environment, key)));
  new ProductionApproval(scope, `approval-${name}`, {
    organizationId,
    projectId: project.id,
    entitlementId: `data-${name}`,
    requesters: groups(approval.requesters),
    approvers: groups(approval.approvers),
    approverEmails: approval.approverEmails,
    roles: approval.roles,
    longestSeconds: approval.longestSeconds,
  });
}
