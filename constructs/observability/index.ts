/** Observability: metrics, alerts, objectives, a dashboard and the organization's log of sign-ins. */
export { AlertChannels, type AlertChannelsProps } from "./alert-channels";
export { type AlertProps, type AlertSeverity, alertOnLog, alertOnQuery } from "./alerts";
export { BrokerObjectives, type BrokerObjectivesProps, brokerObjectives } from "./broker-objectives";
export type { ExpectedImpersonation } from "./expected-impersonation";
export { FederationAlerts, type FederationAlertsProps } from "./federation-alerts";
export { FederationDashboard, type FederationDashboardProps } from "./federation-dashboard";
export { FederationMetrics, type FederationMetricsProps } from "./federation-metrics";
export { LogMetric, type LogMetricProps } from "./log-metric";
export { WorkforceSignIns, type WorkforceSignInsProps } from "./workforce-sign-ins";
