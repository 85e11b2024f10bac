import { LoggingMetric } from "@cdktf/provider-google/lib/logging-metric";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { requireProjectId } from "../federation/project-id";
import { requireForm, requireProperty } from "../federation/property-error";
import { requirePlainText } from "../federation/property-text";
import type { LogFilter } from "./log-filter";

export interface LogMetricProps {
  readonly projectId: string;
  /** 1 to 60 of a-z, 0-9 and _, a letter first: so it is the same name in PromQL. */
  readonly name: string;
  readonly description: string;
  readonly filter: LogFilter;
  /** An extractor for each label, such as `EXTRACT(jsonPayload.reason)`. Labels of few values only: each combination is a series. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Bucket whose entries are counted, in place of the project's own. */
  readonly bucketName?: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Characters of a filter. Source: cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics. */
const filterCharacters = 20_000;

/**
 * A metric that counts log entries.
 *
 * @throws PropertyError for a name out of form, or a filter that is too long
 */
export class LogMetric extends Construct {
  /** As filters of Cloud Monitoring name it. */
  readonly type: string;
  /** As PromQL names it. Source: cloud.google.com/monitoring/promql/promql-mapping. */
  readonly promql: string;
  readonly metric: LoggingMetric;

  constructor(scope: Construct, id: string, props: LogMetricProps) {
    super(scope, id);
    const { name, filter, labels = {}, bucketName } = props;
    requireForm(this, "name", name, /^[a-z][a-z0-9_]{0,59}$/, "expected 1 to 60 of a-z, 0-9 and _, a letter first");
    const keys = Object.keys(labels);
    const { length } = filter.text;
    const rule = `expected at most ${filterCharacters} characters`;
    requireProperty(this, "filter", `${length} characters`, length <= filterCharacters, rule);
    this.metric = new LoggingMetric(this, "metric", {
      project: requireProjectId(this, props.projectId),
      name,
      description: requirePlainText(this, "description", props.description, 8000),
      filter: filter.text,
      ...(bucketName !== undefined && { bucketName }),
      metricDescriptor: {
        metricKind: "DELTA",
        valueType: "INT64",
        unit: "1",
        ...(keys.length > 0 && { labels: keys.map((key) => ({ key, valueType: "STRING" })) }),
      },
      ...(keys.length > 0 && { labelExtractors: labels }),
      ...(props.dependsOn !== undefined && { dependsOn: [...props.dependsOn] }),
    });
    this.type = `logging.googleapis.com/user/${name}`;
    this.promql = `logging_googleapis_com:user_${name}`;
  }
}
