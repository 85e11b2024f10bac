import type { JsonObject } from "../../../analysis";
import { all, exactlyOneOf, matches, oneOf, within } from "./checks";
import { digitsOf, uuidOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { googleResource, missingProject, type RulesOfType } from "./google-resource";
import { projectOf } from "./project";
import type { ResourceRules, RuleContext, Violation } from "./resource-rules";
import { block, blocks, isSet, text, texts } from "./values";

const channelType = "google_monitoring_notification_channel";
const serviceType = "google_monitoring_custom_service";
const conditionKinds = [
  "condition_absent",
  "condition_matched_log",
  "condition_monitoring_query_language",
  "condition_prometheus_query_language",
  "condition_sql",
  "condition_threshold",
];

/** A resource that the cloud names by a number of its own. */
function numbered(
  type: string,
  collection: string,
  rules: Pick<ResourceRules, "forceNew" | "defaults" | "validate" | "refuseDelete"> & {
    readonly natural: (values: JsonObject) => string;
    readonly computed: JsonObject;
    readonly refuse?: (values: JsonObject, context: RuleContext) => Violation | undefined;
  },
): RulesOfType {
  const { natural, computed, refuse, ...others } = rules;
  return [
    type,
    {
      ...others,
      invented: ["name"],
      identity: (values) => text(values, "name") ?? "",
      computed: (values, context) => {
        const project = projectOf(values, context).id;
        const number = digitsOf(`${project}/${natural(values)}`, type, 19);
        const name = text(values, "name") ?? `projects/${project}/${collection}/${number}`;
        return { id: name, name, project, ...computed };
      },
      refuseCreate: (values, context) =>
        missingProject(`Error creating ${type}`, values, context) ?? refuse?.(values, context),
      refuseUpdate: (_, after, context) => refuse?.(after, context),
      importIdentity: (importId) => importId,
    },
  ];
}

/** Alerts, objectives and dashboards. Source: the Google provider 6.50, package monitoring; cloud.google.com/monitoring/api/ref_v3/rest. */
export const monitoringRules: readonly RulesOfType[] = [
  numbered(channelType, "notificationChannels", {
    forceNew: ["project"],
    defaults: { enabled: true, force_delete: false },
    natural: (values) => JSON.stringify([values["type"], values["labels"]]),
    computed: { verification_status: "" },
    refuse: (values) => {
      const address = block(values, "labels")?.["email_address"];
      if (text(values, "type") !== "email" || (typeof address === "string" && address.includes("@"))) return undefined;
      return googleRefusal(
        "Error creating NotificationChannel",
        400,
        "Field \"notification_channel.labels['email_address']\" is missing or malformed.",
        undefined,
        ["labels"],
      );
    },
    refuseDelete: (values, { store }) => {
      const name = text(values, "name") ?? "";
      const user = store.find("google_monitoring_alert_policy", ({ values: policy }) =>
        texts(policy, "notification_channels").includes(name),
      );
      if (user === undefined || values["force_delete"] === true) return undefined;
      return googleRefusal(
        "Error when reading or editing NotificationChannel",
        400,
        `Cannot delete notification channel ${name}, it is used by ${user.identity}.`,
        "failedPrecondition",
      );
    },
  }),
  numbered("google_monitoring_alert_policy", "alertPolicies", {
    forceNew: ["project"],
    defaults: {
      enabled: true,
      "documentation.mime_type": "text/markdown",
      "conditions.condition_prometheus_query_language.disable_metric_validation": false,
    },
    validate: (values) =>
      all(
        oneOf("combiner", ["AND", "OR", "AND_WITH_MATCHING_RESOURCE"]),
        oneOf("severity", ["CRITICAL", "ERROR", "WARNING"]),
        within("conditions", exactlyOneOf(...conditionKinds)),
        matches("alert_strategy.auto_close", /^[0-9]+s$/),
      )(values),
    natural: (values) => text(values, "display_name") ?? "",
    computed: { creation_record: [] },
    refuse: refuseAlert,
  }),
  googleResource({
    type: serviceType,
    label: "Service",
    id: "projects/{project}/services/{service_id}",
    forceNew: ["service_id", "project"],
    check: matches("service_id", /^[a-zA-Z0-9-]{1,64}$/),
    computed: (values, context) => ({
      name: `projects/${projectOf(values, context).number}/services/${text(values, "service_id") ?? ""}`,
    }),
    exists: (id) => [`Service ${id} already exists`],
  }),
  googleResource({
    type: "google_monitoring_slo",
    label: "Slo",
    id: "projects/{project}/services/{service}/serviceLevelObjectives/{slo_id}",
    forceNew: ["service", "slo_id", "project"],
    check: all(
      exactlyOneOf("basic_sli", "request_based_sli", "windows_based_sli"),
      exactlyOneOf("rolling_period_days", "calendar_period"),
      within("request_based_sli", exactlyOneOf("distribution_cut", "good_total_ratio")),
      oneOf("calendar_period", ["DAY", "WEEK", "FORTNIGHT", "MONTH"]),
    ),
    computed: (values, context, id) => ({
      name: id.replace(/^projects\/[^/]+/, `projects/${projectOf(values, context).number}`),
    }),
    exists: (id) => [`ServiceLevelObjective ${id} already exists`],
    refuse: refuseObjective,
  }),
  [
    "google_monitoring_dashboard",
    {
      forceNew: ["project"],
      // The name that the cloud gives is the id itself.
      invented: ["id"],
      identity: (values) => text(values, "id") ?? "",
      computed: (values, context) => {
        const project = projectOf(values, context);
        const natural = text(values, "dashboard_json") ?? "";
        const id =
          text(values, "id") ??
          `projects/${project.number}/dashboards/${uuidOf(`${project.id}/${natural}`, "dashboard")}`;
        return { id, project: project.id };
      },
      refuseCreate: (values, context) =>
        missingProject("Error creating Dashboard", values, context) ?? refuseDashboard(values),
      refuseUpdate: (_, after) => refuseDashboard(after),
      importIdentity: (importId) => importId,
    },
  ],
];

function refuseAlert(values: JsonObject, context: RuleContext): Violation | undefined {
  const refused = (message: string, path: readonly (string | number)[]) =>
    googleRefusal("Error creating AlertPolicy", 400, message, undefined, path);
  const conditions = blocks(values, "conditions");
  const limit = block(block(values, "alert_strategy") ?? {}, "notification_rate_limit");
  const byLog = conditions.some((condition) => isSet(condition["condition_matched_log"]));
  if (byLog && limit === undefined)
    return refused(
      "Field alert_policy.alert_strategy.notification_rate_limit must be set for a log-based alert policy.",
      ["alert_strategy"],
    );
  if (byLog && conditions.length > 1)
    return refused("A log-based alert policy has exactly one condition.", ["conditions"]);
  if (!byLog && limit !== undefined)
    return refused("Field alert_policy.alert_strategy.notification_rate_limit is only for log-based alert policies.", [
      "alert_strategy",
    ]);
  const channels = context.store.ofType(channelType).map(({ identity }) => identity);
  const missing = texts(values, "notification_channels").find((name) => !channels.includes(name));
  return missing === undefined
    ? undefined
    : googleRefusal("Error creating AlertPolicy", 404, `Notification channel ${missing} was not found.`, undefined, [
        "notification_channels",
      ]);
}

function refuseObjective(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const { goal } = values;
  // The API takes up to 0.9999; the provider's documentation still says 0.999.
  if (typeof goal === "number" && (goal <= 0 || goal > 0.9999))
    return googleRefusal(action, 400, "Field goal must be in the range (0, 0.9999].", undefined, ["goal"]);
  const ratio = block(block(values, "request_based_sli") ?? {}, "good_total_ratio");
  if (ratio !== undefined) {
    const filters = ["good_service_filter", "bad_service_filter", "total_service_filter"].filter((name) =>
      isSet(ratio[name]),
    );
    if (filters.length !== 2)
      return googleRefusal(action, 400, "Exactly two of good, bad and total service filter must be set.", undefined, [
        "request_based_sli",
      ]);
  }
  const project = projectOf(values, context).id;
  const service = `projects/${project}/services/${text(values, "service") ?? ""}`;
  if (context.store.find(serviceType, ({ identity }) => identity === service) !== undefined) return undefined;
  return googleRefusal(action, 404, `Service ${service} was not found.`, undefined, ["service"]);
}

function refuseDashboard(values: JsonObject): Violation | undefined {
  const refused = (message: string) =>
    googleRefusal("Error creating Dashboard", 400, message, undefined, ["dashboard_json"]);
  try {
    const stated: unknown = JSON.parse(text(values, "dashboard_json") ?? "");
    const isNamed =
      typeof stated === "object" && stated !== null && "displayName" in stated && stated.displayName !== "";
    return isNamed ? undefined : refused("Field displayName must be set.");
  } catch {
    return refused("Invalid JSON payload received.");
  }
}
