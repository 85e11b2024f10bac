import { CloudQuotasQuotaPreference } from "@cdktf/provider-google/lib/cloud-quotas-quota-preference";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { emailPattern, projectIdPattern } from "../../facts/names";
import { requireForm, requireProperty } from "../federation/property-error";

export interface QueryQuotaProps {
  readonly projectId: string;
  /** TiB that all queries of the project together may read in a day (Pacific time); fractions of 1/1024 are kept. */
  readonly tebibytesPerDay: number;
  /** TiB that each person and each service account may read in a day. The same for all: no quota is of one principal. */
  readonly tebibytesPerUserPerDay: number;
  /** A Google account that Google may write to; it needs the right to change quotas. */
  readonly contactEmail: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

const mebibytesInTebibyte = 1_048_576;
/** TiB a day that a project has unless told otherwise; more needs Google's consent. */
const mostTebibytes = 200;

/**
 * Caps what BigQuery reads in a day, on demand pricing. Each service account counts as one user, so workloads with an
 * account of their own have a cap of their own. Deleting this leaves the caps as they are: Google keeps a preference.
 * Source: cloud.google.com/bigquery/docs/custom-quotas.
 *
 * @throws PropertyError for an amount out of range, or a user's above the project's
 */
export class QueryQuota extends Construct {
  constructor(scope: Construct, id: string, props: QueryQuotaProps) {
    super(scope, id);
    const { projectId, contactEmail, tebibytesPerDay, tebibytesPerUserPerDay } = props;
    requireForm(this, "projectId", projectId, projectIdPattern, "expected a project id");
    requireForm(this, "contactEmail", contactEmail, emailPattern, "expected an e-mail");
    const within = (value: number) => value * mebibytesInTebibyte >= 1 && value <= mostTebibytes;
    const range = `expected more than 0 and at most ${mostTebibytes} TiB`;
    requireProperty(this, "tebibytesPerDay", `${tebibytesPerDay}`, within(tebibytesPerDay), range);
    requireProperty(this, "tebibytesPerUserPerDay", `${tebibytesPerUserPerDay}`, within(tebibytesPerUserPerDay), range);
    const fits = tebibytesPerUserPerDay <= tebibytesPerDay;
    requireProperty(
      this,
      "tebibytesPerUserPerDay",
      `${tebibytesPerUserPerDay}`,
      fits,
      "expected at most tebibytesPerDay",
    );
    const preference = (name: string, quotaId: string, tebibytes: number) =>
      new CloudQuotasQuotaPreference(this, name, {
        parent: `projects/${projectId}`,
        name: `keyless-${name}`,
        service: "bigquery.googleapis.com",
        quotaId,
        quotaConfig: { preferredValue: `${Math.round(tebibytes * mebibytesInTebibyte)}` },
        contactEmail,
        // From 200 TiB to a few is always more than the percentage that Google asks to confirm.
        ignoreSafetyChecks: "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH",
        ...(props.dependsOn !== undefined && { dependsOn: [...props.dependsOn] }),
      });
    preference("query-usage-per-day", "QueryUsagePerDay", tebibytesPerDay);
    preference("query-usage-per-user-per-day", "QueryUsagePerUserPerDay", tebibytesPerUserPerDay);
  }
}
