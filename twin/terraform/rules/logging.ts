import type { JsonObject } from "../../../analysis";
import { all, between, matches, oneOf, worded } from "./checks";
import { googleRefusal } from "./google-refusal";
import { googleResource, type RulesOfType } from "./google-resource";
import type { RuleContext, Violation } from "./resource-rules";
import { block, blocks, text } from "./values";

const bucketType = "google_logging_project_bucket_config";

/** Log-based metrics, sinks and log buckets. Source: the Google provider 6.50, package logging; cloud.google.com/logging/docs/reference/v2/rest. */
export const loggingRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_logging_metric",
    label: "Metric",
    id: "projects/{project}/metrics/{name}",
    importForms: ["{project}/{name}", "{name}"],
    forceNew: ["name", "project"],
    defaults: { "metric_descriptor.unit": "1", "metric_descriptor.labels.value_type": "STRING" },
    check: all(
      matches("name", /^[A-Za-z0-9_\-.,+!*',()%][A-Za-z0-9_\-.,+!*',()%/]{0,99}$/),
      oneOf("metric_descriptor.metric_kind", ["DELTA", "GAUGE", "CUMULATIVE"]),
      oneOf("metric_descriptor.value_type", ["BOOL", "INT64", "DOUBLE", "STRING", "DISTRIBUTION", "MONEY"]),
      oneOf("metric_descriptor.labels.value_type", ["BOOL", "INT64", "STRING"]),
      worded("filter", (value, name) =>
        value.length <= 20_000 ? [] : [`expected length of ${name} to be at most 20000, got ${value.length}`],
      ),
    ),
    computed: (values) => ({ id: text(values, "name") ?? "" }),
    exists: (_id, values) => [`Metric ${text(values, "name") ?? ""} already exists`],
    refuse: refuseMetric,
  }),
  googleResource({
    type: bucketType,
    label: "Bucket",
    id: "projects/{project}/locations/{location}/buckets/{bucket_id}",
    forceNew: ["project", "location", "bucket_id"],
    defaults: { retention_days: 30 },
    check: all(matches("bucket_id", /^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/), between("retention_days", 1, 3650)),
    computed: (_values, _context, id) => ({ name: id, lifecycle_state: "ACTIVE", description: "" }),
  }),
  googleResource({
    type: "google_logging_organization_sink",
    label: "Sink",
    id: "organizations/{org_id}/sinks/{name}",
    forceNew: ["name", "org_id", "include_children", "intercept_children"],
    defaults: { include_children: false, intercept_children: false, disabled: false },
    check: matches("name", /^[A-Za-z0-9_.-]{1,100}$/),
    computed: (values) => ({
      writer_identity: `serviceAccount:service-org-${text(values, "org_id") ?? ""}@gcp-sa-logging.iam.gserviceaccount.com`,
    }),
    exists: (_id, values) => [`Sink ${text(values, "name") ?? ""} already exists`],
    refuse: (values, context, action) => {
      const destination = text(values, "destination") ?? "";
      const bucket = /^logging\.googleapis\.com\/(.+)$/.exec(destination)?.[1];
      if (bucket === undefined)
        return /^(storage|bigquery|pubsub)\.googleapis\.com\/.+$/.test(destination)
          ? undefined
          : googleRefusal(action, 400, `Unsupported destination: ${destination}`, undefined, ["destination"]);
      const isThere = context.store.find(bucketType, ({ identity }) => identity === bucket) !== undefined;
      return isThere
        ? undefined
        : googleRefusal(action, 404, `Bucket ${bucket} does not exist`, undefined, ["destination"]);
    },
  }),
];

function refuseMetric(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const declared = blocks(block(values, "metric_descriptor") ?? {}, "labels").map((label) => text(label, "key") ?? "");
  const extractors = Object.keys(block(values, "label_extractors") ?? {});
  const alone = [
    ...declared.filter((key) => !extractors.includes(key)),
    ...extractors.filter((key) => !declared.includes(key)),
  ];
  if (alone.length > 0)
    return googleRefusal(action, 400, `Label ${alone[0]} needs both a descriptor and an extractor`, undefined, [
      "label_extractors",
    ]);
  const bucket = text(values, "bucket_name");
  if (bucket === undefined || context.store.find(bucketType, ({ identity }) => identity === bucket) !== undefined)
    return undefined;
  return googleRefusal(action, 404, `Bucket ${bucket} does not exist`, undefined, ["bucket_name"]);
}
