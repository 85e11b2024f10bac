import { MonitoringCustomService } from "@cdktf/provider-google/lib/monitoring-custom-service";
import { MonitoringSlo, type MonitoringSloRequestBasedSli } from "@cdktf/provider-google/lib/monitoring-slo";
import { Construct } from "constructs";
import { requireProjectId } from "../federation/project-id";
import { requireForm } from "../federation/property-error";
import { alertOnQuery } from "./alerts";
import type { FederationMetrics } from "./federation-metrics";

export interface BrokerObjectivesProps {
  readonly projectId: string;
  /** Name of the Cloud Run service. */
  readonly service: string;
  /** Name of the load balancer's backend service for machines. */
  readonly backend: string;
  readonly metrics: FederationMetrics;
  readonly channels: readonly string[];
}

/** What the broker promises over 28 days. */
export const brokerObjectives = {
  /** Share of requests that are answered within `latencyMilliseconds`: so the 95th percentile is below it. */
  latency: 0.95,
  latencyMilliseconds: 200,
  refreshes: 0.999,
  availability: 0.9995,
} as const;

/** Times the budget's even pace at which somebody is woken: so it would be spent in two days. */
const fastBurn = 14.4;

/**
 * Service level objectives of the token broker, with an alert where one is being missed quickly.
 * Source: cloud.google.com/stackdriver/docs/solutions/slo-monitoring.
 *
 * @throws PropertyError for a name out of form
 */
export class BrokerObjectives extends Construct {
  constructor(scope: Construct, id: string, props: BrokerObjectivesProps) {
    super(scope, id);
    const { projectId, service, backend, metrics } = props;
    requireProjectId(this, projectId);
    const name = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
    requireForm(this, "service", service, name, "expected the name of a Cloud Run service");
    requireForm(this, "backend", backend, name, "expected the name of a backend service");
    const monitored = new MonitoringCustomService(this, "service", {
      project: projectId,
      serviceId: `keyless-${service}`,
      displayName: "Keyless token broker",
    });
    const objective = (
      sloId: string,
      displayName: string,
      goal: number,
      requestBasedSli: MonitoringSloRequestBasedSli,
    ) =>
      new MonitoringSlo(this, sloId, {
        project: projectId,
        service: monitored.serviceId,
        sloId,
        displayName,
        goal,
        rollingPeriodDays: 28,
        requestBasedSli,
        dependsOn: [metrics.refreshes.metric, metrics.refreshFailures.metric],
      });

    const run = `resource.type="cloud_run_revision" resource.label."service_name"="${service}"`;
    const { latency, latencyMilliseconds, refreshes, availability } = brokerObjectives;
    objective("latency", `A token within ${latencyMilliseconds} ms`, latency, {
      distributionCut: {
        distributionFilter: `metric.type="run.googleapis.com/request_latencies" ${run}`,
        range: { min: 0, max: latencyMilliseconds },
      },
    });
    objective("refreshes", "Tokens are refreshed", refreshes, {
      goodTotalRatio: {
        goodServiceFilter: `metric.type="${metrics.refreshes.type}" resource.type="cloud_run_revision"`,
        badServiceFilter: `metric.type="${metrics.refreshFailures.type}" resource.type="cloud_run_revision"`,
      },
    });
    // At the load balancer: a service that cannot start is missing there too.
    const front = `metric.type="loadbalancing.googleapis.com/https/request_count" resource.type="https_lb_rule" resource.label."backend_target_name"="${backend}"`;
    objective("availability", "Requests are answered", availability, {
      goodTotalRatio: {
        totalServiceFilter: front,
        badServiceFilter: `${front} metric.label."response_code_class"=500`,
      },
    });

    // Failures of the last hour against what the objective leaves for it.
    const refreshed = (metric: { readonly promql: string }) => `sum(rate(${metric.promql}[1h]))`;
    const failed = refreshed(metrics.refreshFailures);
    const budget = ((1 - refreshes) * fastBurn).toPrecision(3);
    alertOnQuery(
      this,
      "refreshes-failing",
      { query: `${failed} / (${failed} + ${refreshed(metrics.refreshes)}) > ${budget}`, seconds: 300 },
      {
        projectId,
        displayName: "The broker cannot refresh its tokens",
        severity: "ERROR",
        remedy:
          "Clients live on the last tokens until these end. The broker's log tells the reason: `upstream_refused` is a configuration that Google or the issuer no longer accepts, `upstream_unavailable` an outage.",
        channels: props.channels,
        dependsOn: [metrics.refreshes.metric, metrics.refreshFailures.metric],
      },
    );
  }
}
