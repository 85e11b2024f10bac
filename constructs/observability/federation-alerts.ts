import { Construct } from "constructs";
import { projectNumberPattern } from "../../facts/names";
import { requireProjectId } from "../federation/project-id";
import { requireForm, requireProperty } from "../federation/property-error";
import { type AlertProps, alertOnLog, alertOnQuery } from "./alerts";
import { changesByHand, keysCreated, unexpectedImpersonations } from "./audit-filters";
import { type ExpectedImpersonation, requireExpectations } from "./expected-impersonation";
import type { FederationMetrics } from "./federation-metrics";

export interface FederationAlertsProps {
  readonly projectId: string;
  readonly projectNumber: string;
  readonly metrics: FederationMetrics;
  readonly expected: readonly ExpectedImpersonation[];
  readonly deployers: readonly string[];
  /** Names of notification channels. */
  readonly channels: readonly string[];
  /** Share of exchanges that may be refused, between 0 and 1; 0.1 unless given. */
  readonly failureRatio?: number;
}

/**
 * Alerts on what should not happen: many exchanges are refused, somebody unexpected becomes an account, somebody changes
 * federation past the deployments, a key is made.
 *
 * @throws PropertyError for a ratio that is not between 0 and 1, and for a project, an account or a pool out of form
 */
export class FederationAlerts extends Construct {
  constructor(scope: Construct, id: string, props: FederationAlertsProps) {
    super(scope, id);
    const { projectId, metrics, channels, expected, deployers, failureRatio = 0.1 } = props;
    requireProjectId(this, projectId);
    requireForm(this, "projectNumber", props.projectNumber, projectNumberPattern, "expected the project's number");
    requireExpectations(this, expected, deployers);
    const isRatio = failureRatio > 0 && failureRatio < 1;
    requireProperty(this, "failureRatio", `${failureRatio}`, isRatio, "expected a number between 0 and 1");
    const alert = (displayName: string, severity: AlertProps["severity"], remedy: string): AlertProps => ({
      projectId,
      displayName,
      severity,
      remedy,
      channels,
    });
    const rate = (metric: { readonly promql: string }) => `sum(rate(${metric.promql}[10m]))`;
    alertOnQuery(
      this,
      "failure-ratio",
      { query: `${rate(metrics.exchangeFailures)} / ${rate(metrics.exchanges)} > ${failureRatio}`, seconds: 300 },
      {
        ...alert(
          "Many token exchanges are refused",
          "ERROR",
          "More exchanges are refused than usual. The dashboard tells the reasons: `rejected by the attribute condition` is somebody who is not let in, or a condition that is too narrow; `issuer` and `signature` are a change at the issuer. `keyless can` explains a token.",
        ),
        dependsOn: [metrics.exchangeFailures.metric, metrics.exchanges.metric],
      },
    );
    alertOnLog(
      this,
      "unexpected-principal",
      unexpectedImpersonations(expected, props.projectNumber),
      alert(
        "Somebody unexpected became a service account",
        "CRITICAL",
        "An account was become by somebody whom no deployment has let become it. Disable the account, look at who changed its policy, and run `keyless drift`.",
      ),
    );
    alertOnLog(
      this,
      "changed-by-hand",
      changesByHand(deployers),
      alert(
        "Federation was changed by hand",
        "CRITICAL",
        "A pool, a provider or an account's policy was changed past the deployments. `keyless drift` shows what is different, a deployment puts it back.",
      ),
    );
    alertOnLog(
      this,
      "key-created",
      keysCreated(),
      alert(
        "A service account key was created",
        "CRITICAL",
        "Keys are forbidden by organization policy, so somebody has lifted the policy or has an exception. Delete the key and find out who.",
      ),
    );
  }
}
