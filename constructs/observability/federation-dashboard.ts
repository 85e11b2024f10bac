import { MonitoringDashboard } from "@cdktf/provider-google/lib/monitoring-dashboard";
import { Construct } from "constructs";
import { requireProjectId } from "../federation/project-id";
import { requireForm } from "../federation/property-error";
import { requirePlainText } from "../federation/property-text";
import { resourceNamePattern } from "../gateway/property-rules";
import type { FederationMetrics } from "./federation-metrics";

export interface FederationDashboardProps {
  readonly projectId: string;
  /** For people: 1 to 100 characters. */
  readonly title: string;
  readonly metrics: FederationMetrics;
  /** Name of the token broker's Cloud Run service. */
  readonly brokerService: string;
}

/**
 * One page for on-call: who gets in, who does not and why, what should never happen, and how the broker does.
 * Source: cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards.
 *
 * @throws PropertyError for a title that is empty or too long, and for a project or a service out of form
 */
export class FederationDashboard extends Construct {
  constructor(scope: Construct, id: string, props: FederationDashboardProps) {
    super(scope, id);
    const { projectId, title, metrics, brokerService } = props;
    requirePlainText(this, "title", title, 100);
    requireProjectId(this, projectId);
    // It stands in a query, between quotes.
    requireForm(this, "brokerService", brokerService, resourceNamePattern, "expected the name of a Cloud Run service");
    const rate = (metric: { readonly promql: string }, by: string) => `sum by (${by}) (rate(${metric.promql}[5m]))`;
    const count = (metric: { readonly promql: string }, by: string) =>
      `sum by (${by}) (increase(${metric.promql}[1h]))`;
    const quantile = (share: number) =>
      `histogram_quantile(${share}, sum by (le) (rate(run_googleapis_com:request_latencies_bucket{service_name="${brokerService}"}[5m])))`;
    const charts: readonly (readonly [title: string, query: string])[] = [
      ["Exchanges by provider", rate(metrics.exchanges, "provider")],
      ["Refused exchanges by reason", rate(metrics.exchangeFailures, "reason")],
      ["Accounts become by somebody unexpected", count(metrics.unexpectedImpersonations, "account")],
      ["Changes by hand", count(metrics.changesByHand, "method")],
      ["Keys created", `sum(increase(${metrics.keysCreated.promql}[1h]))`],
      ["Tokens given by the broker", rate(metrics.brokerIssued, "account")],
      ["Requests refused by the broker", rate(metrics.brokerRefused, "reason")],
      ["Refreshes that failed", rate(metrics.refreshFailures, "reason")],
      ["Broker's latency, 95th percentile (ms)", quantile(0.95)],
    ];
    new MonitoringDashboard(this, "dashboard", {
      project: projectId,
      dashboardJson: JSON.stringify({ displayName: title, mosaicLayout: { columns: 48, tiles: charts.map(tile) } }),
    });
  }
}

const columns = 3;
const size = { width: 16, height: 14 };

function tile([title, prometheusQuery]: readonly [string, string], index: number) {
  return {
    xPos: (index % columns) * size.width,
    yPos: Math.floor(index / columns) * size.height,
    ...size,
    widget: {
      title,
      xyChart: { dataSets: [{ plotType: "LINE", timeSeriesQuery: { prometheusQuery } }] },
    },
  };
}
