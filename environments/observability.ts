import type { TerraformStack } from "cdktf";
import { PurposeServiceAccount } from "../constructs/access";
import { AuditConfiguration, QueryQuota } from "../constructs/guardrails";
import {
  AlertChannels,
  BrokerObjectives,
  type ExpectedImpersonation,
  FederationAlerts,
  FederationDashboard,
  FederationMetrics,
} from "../constructs/observability";
import { brokerService } from "../facts/broker-log";
import { ciApplyAccount } from "./ci";
import type { Environment } from "./schema";

/**
 * Declares what watches over an environment: audit logs, metrics, alerts, objectives, a dashboard and caps. To be called
 * last: whom it expects to become an account is what the stack has let become it.
 */
export function declareObservability(stack: TerraformStack, environment: Environment): void {
  const { id: projectId, number: projectNumber } = environment.project;
  const { alertEmails, queries } = environment.operations;
  const deployer = ciApplyAccount(environment);
  const deployers = deployer === undefined ? [] : [deployer];
  new AuditConfiguration(stack, "audit", { of: { projectId } });
  new QueryQuota(stack, "query-quota", { projectId, ...queries });

  const expected = expectedImpersonations(stack);
  const common = { projectId, projectNumber, expected, deployers };
  const metrics = new FederationMetrics(stack, "metrics", { ...common, brokerService });
  const { names: channels } = new AlertChannels(stack, "alert-channels", { projectId, emails: alertEmails });
  new FederationAlerts(stack, "alerts", { ...common, metrics, channels });
  new BrokerObjectives(stack, "objectives", {
    projectId,
    service: brokerService,
    backend: "machine-front",
    metrics,
    channels,
  });
  const title = `Keyless: ${environment.name}`;
  new FederationDashboard(stack, "dashboard", { projectId, title, metrics, brokerService });
}

/** The accounts of the stack that somebody from outside becomes, with the pools that they come from. */
function expectedImpersonations(stack: TerraformStack): readonly ExpectedImpersonation[] {
  return stack.node.findAll().flatMap((node) => {
    if (!(node instanceof PurposeServiceAccount)) return [];
    const pools = [...new Set(node.becomers.map(poolOf))];
    return pools.length === 0 ? [] : [{ account: node.email, pools }];
  });
}

/** `projects/N/locations/global/workloadIdentityPools/P` of `principal://iam.googleapis.com/...`. */
function poolOf(member: string): string {
  const pool = /^principal(?:Set)?:\/\/iam\.googleapis\.com\/(.+?)\/(?:subject|group|attribute\.[a-z0-9_]+)\//.exec(
    member,
  )?.[1];
  if (pool === undefined) throw new Error("a principal names no pool");
  return pool;
}
