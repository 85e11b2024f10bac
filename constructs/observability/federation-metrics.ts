import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { projectNumberPattern } from "../../facts/names";
import { exchangeFailureReasons } from "../../facts/token-exchange";
import { requireForm } from "../federation/property-error";
import { resourceNamePattern } from "../gateway/property-rules";
import { changesByHand, exchanges, failedExchanges, keysCreated, unexpectedImpersonations } from "./audit-filters";
import { brokerEvent } from "./broker-filters";
import { type ExpectedImpersonation, requireExpectations } from "./expected-impersonation";
import type { LogFilter } from "./log-filter";
import { LogMetric } from "./log-metric";

export interface FederationMetricsProps {
  readonly projectId: string;
  readonly projectNumber: string;
  /** Every account of the project that somebody from outside becomes, and from which pools. */
  readonly expected: readonly ExpectedImpersonation[];
  /** E-mails of the accounts that deploy. */
  readonly deployers: readonly string[];
  /** Name of the token broker's Cloud Run service. */
  readonly brokerService: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Log-based metrics of everything that lets somebody in, and of what should never happen. */
export class FederationMetrics extends Construct {
  readonly exchanges: LogMetric;
  /** Refused exchanges, by `reason`: the constant part of Google's words. */
  readonly exchangeFailures: LogMetric;
  readonly unexpectedImpersonations: LogMetric;
  readonly changesByHand: LogMetric;
  readonly keysCreated: LogMetric;
  readonly brokerIssued: LogMetric;
  readonly brokerRefused: LogMetric;
  readonly refreshes: LogMetric;
  readonly refreshFailures: LogMetric;

  /** @throws PropertyError for a project number, a service, an account or a pool out of form */
  constructor(scope: Construct, id: string, props: FederationMetricsProps) {
    super(scope, id);
    requireForm(this, "projectNumber", props.projectNumber, projectNumberPattern, "expected the project's number");
    const serviceRule = "expected the name of a Cloud Run service";
    requireForm(this, "brokerService", props.brokerService, resourceNamePattern, serviceRule);
    requireExpectations(this, props.expected, props.deployers);
    const metric = (name: string, description: string, filter: LogFilter, labels: Record<string, string> = {}) =>
      new LogMetric(this, name.replaceAll("_", "-"), {
        projectId: props.projectId,
        name: `keyless_${name}`,
        description,
        filter,
        labels,
        ...(props.dependsOn !== undefined && { dependsOn: props.dependsOn }),
      });
    const provider = { provider: "EXTRACT(protoPayload.resourceName)" };
    const reason = `REGEXP_EXTRACT(protoPayload.status.message, ${JSON.stringify(`(${exchangeFailureReasons.join("|")})`)})`;
    const account = { account: "EXTRACT(resource.labels.email_id)" };
    const { brokerService } = props;

    this.exchanges = metric("exchanges", "Exchanges of external tokens", exchanges(), provider);
    const failures = failedExchanges();
    this.exchangeFailures = metric("exchange_failures", "Refused exchanges, by reason", failures, {
      ...provider,
      reason,
    });
    this.unexpectedImpersonations = metric(
      "unexpected_impersonations",
      "Credentials of an account for somebody who is not let become it",
      unexpectedImpersonations(props.expected, props.projectNumber),
      account,
    );
    this.changesByHand = metric(
      "changes_by_hand",
      "Changes of federation by anybody but a deployment",
      changesByHand(props.deployers),
      { method: "EXTRACT(protoPayload.methodName)" },
    );
    this.keysCreated = metric("keys_created", "Keys of service accounts, made or uploaded", keysCreated());
    const broker = (name: string, description: string, event: Parameters<typeof brokerEvent>[1], label: string) =>
      metric(name, description, brokerEvent(brokerService, event), { [label]: `EXTRACT(jsonPayload.${label})` });
    this.brokerIssued = broker("broker_issued", "Tokens that the broker gave", "issued", "account");
    this.brokerRefused = broker("broker_refused", "Requests that the broker refused, by reason", "refused", "reason");
    this.refreshes = broker("refreshes", "Tokens that the broker obtained", "refreshed", "account");
    this.refreshFailures = broker(
      "refresh_failures",
      "Tokens that the broker could not obtain, by reason",
      "refreshFailed",
      "reason",
    );
  }
}
