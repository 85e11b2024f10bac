import { MonitoringAlertPolicy } from "@cdktf/provider-google/lib/monitoring-alert-policy";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { LogFilter } from "./log-filter";

export type AlertSeverity = "CRITICAL" | "ERROR" | "WARNING";

export interface AlertProps {
  readonly projectId: string;
  readonly displayName: string;
  readonly severity: AlertSeverity;
  /** What happened and what to do, in Markdown. */
  readonly remedy: string;
  /** Names of notification channels. */
  readonly channels: readonly string[];
  readonly dependsOn?: readonly ITerraformDependable[];
}

const common = ({ projectId, displayName, severity, remedy, channels, dependsOn }: AlertProps) => ({
  project: projectId,
  displayName,
  severity,
  combiner: "OR",
  notificationChannels: [...channels],
  documentation: { content: remedy, mimeType: "text/markdown" },
  ...(dependsOn !== undefined && { dependsOn: [...dependsOn] }),
});

/**
 * Alerts at each log entry, one message in five minutes at most: the API takes such a condition only with a limit.
 * Source: cloud.google.com/logging/docs/alerting/log-based-alerts.
 */
export function alertOnLog(scope: Construct, id: string, filter: LogFilter, props: AlertProps): MonitoringAlertPolicy {
  return new MonitoringAlertPolicy(scope, id, {
    ...common(props),
    alertStrategy: { notificationRateLimit: { period: "300s" }, autoClose: "86400s" },
    conditions: [{ displayName: props.displayName, conditionMatchedLog: { filter: filter.text } }],
  });
}

/**
 * Alerts while a PromQL expression yields something. Metrics in it are not looked up when the policy is made: those of
 * logs appear minutes after they were declared, and one deployment has to converge.
 *
 * @param seconds for which it must hold
 */
export function alertOnQuery(
  scope: Construct,
  id: string,
  { query, seconds }: { readonly query: string; readonly seconds: number },
  props: AlertProps,
): MonitoringAlertPolicy {
  return new MonitoringAlertPolicy(scope, id, {
    ...common(props),
    alertStrategy: { autoClose: "86400s" },
    conditions: [
      {
        displayName: props.displayName,
        conditionPrometheusQueryLanguage: {
          query,
          duration: `${seconds}s`,
          evaluationInterval: "60s",
          disableMetricValidation: true,
        },
      },
    ],
  });
}
