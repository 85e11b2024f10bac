import type { JsonObject } from "../../../analysis";
import { refusedAuditServices } from "../../../facts/audit-log";
import { all, matches, oneOf } from "./checks";
import { creationTime, fingerprintOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { googleResource, type RulesOfType } from "./google-resource";
import type { RuleContext, Violation } from "./resource-rules";
import { block, text } from "./values";

const logTypes = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];

/** Audit configuration and quota preferences. Source: the Google provider 6.50, packages resourcemanager and cloudquotas. */
export const auditAndQuotaRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_project_iam_audit_config",
    label: "IAM audit config",
    id: "{project}/audit_config/{service}",
    forceNew: ["project", "service"],
    check: oneOf("audit_log_config.log_type", logTypes),
    computed: (_values, _context, id) => ({ etag: fingerprintOf(id, "policy") }),
    refuse: refuseAuditService,
  }),
  googleResource({
    type: "google_organization_iam_audit_config",
    label: "IAM audit config",
    id: "{org_id}/audit_config/{service}",
    forceNew: ["org_id", "service"],
    check: oneOf("audit_log_config.log_type", logTypes),
    computed: (_values, _context, id) => ({ etag: fingerprintOf(id, "policy") }),
    refuse: refuseAuditService,
  }),
  googleResource({
    type: "google_cloud_quotas_quota_preference",
    label: "QuotaPreference",
    id: "{parent}/locations/global/quotaPreferences/{name}",
    forceNew: ["name", "parent", "quota_id", "service", "dimensions"],
    check: all(
      matches("parent", /^(projects|folders|organizations)\/[^/]+$/),
      oneOf("ignore_safety_checks", [
        "QUOTA_SAFETY_CHECK_UNSPECIFIED",
        "QUOTA_DECREASE_BELOW_USAGE",
        "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH",
      ]),
      matches("quota_config.preferred_value", /^(-1|[0-9]{1,18})$/),
    ),
    computed: (_values, _context, id) => ({
      etag: fingerprintOf(id, "etag"),
      create_time: creationTime,
      update_time: creationTime,
      reconciling: false,
      dimensions: {},
    }),
    exists: (id) => [`Requested entity already exists: ${id}`],
    refuse: refuseQuota,
  }),
];

/** The words are the twin's own. */
function refuseAuditService(values: JsonObject, _context: RuleContext, action: string): Violation | undefined {
  const service = text(values, "service") ?? "";
  const instead = refusedAuditServices.get(service);
  if (instead === undefined) return undefined;
  return googleRefusal(action, 400, `Audit logs of ${service} are configured with ${instead}.`, "badRequest", [
    "service",
  ]);
}

function refuseQuota(values: JsonObject, _context: RuleContext, action: string): Violation | undefined {
  const service = text(values, "service");
  if (service === "bigquery.googleapis.com") {
    const known = ["QueryUsagePerDay", "QueryUsagePerUserPerDay"];
    const id = text(values, "quota_id") ?? "";
    if (!known.includes(id))
      return googleRefusal(action, 404, `Quota ${id} of ${service} was not found.`, undefined, ["quota_id"]);
  }
  const isCap = block(values, "quota_config")?.["preferred_value"] !== "-1";
  // From the default of 200 TiB a day, every cap worth having is a large decrease.
  if (!isCap || text(values, "ignore_safety_checks") !== undefined) return undefined;
  return googleRefusal(
    action,
    400,
    "The quota decrease percentage is too high; set ignore_safety_checks to QUOTA_DECREASE_PERCENTAGE_TOO_HIGH.",
    undefined,
    ["ignore_safety_checks"],
  );
}
