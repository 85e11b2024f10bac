import { LoggingOrganizationSink } from "@cdktf/provider-google/lib/logging-organization-sink";
import { LoggingProjectBucketConfig } from "@cdktf/provider-google/lib/logging-project-bucket-config";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { organizationIdPattern, projectIdPattern } from "../../facts/names";
import { requireForm, requireProperty } from "../federation/property-error";
import { changesByHand, workforceActivity } from "./audit-filters";
import { anyOf } from "./log-filter";
import { LogMetric } from "./log-metric";

export interface WorkforceSignInsProps {
  readonly organizationId: string;
  /** Project that keeps the log. */
  readonly projectId: string;
  /** Location of the log, such as `eu` or `global`. */
  readonly location: string;
  /** Days that entries are kept: 1 to 3650. */
  readonly retentionDays: number;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * Keeps the sign-ins of workforce pools, and changes of these pools, in a log of its own. Google writes them for the
 * organization, so no project sees them, and no alert of a project can. Needs the organization's audit configuration for
 * the Security Token Service.
 * Source: cloud.google.com/iam/docs/audit-logging/examples-workforce-identity; cloud.google.com/logging/docs/export/aggregated_sinks.
 *
 * @throws PropertyError for an organization, project, location or number of days out of form
 */
export class WorkforceSignIns extends Construct {
  constructor(scope: Construct, id: string, props: WorkforceSignInsProps) {
    super(scope, id);
    const { organizationId, projectId, location, retentionDays } = props;
    requireForm(this, "organizationId", organizationId, organizationIdPattern, "expected the organization's number");
    requireForm(this, "projectId", projectId, projectIdPattern, "expected a project id");
    requireForm(this, "location", location, /^[a-z]{2,}[a-z0-9-]{0,30}$/, "expected a location, such as eu");
    const days = Number.isInteger(retentionDays) && retentionDays >= 1 && retentionDays <= 3650;
    requireProperty(this, "retentionDays", `${retentionDays}`, days, "expected 1 to 3650 whole days");
    const bucket = new LoggingProjectBucketConfig(this, "log", {
      project: projectId,
      location,
      bucketId: "workforce-sign-ins",
      description: "Sign-ins of workforce pools, and changes of these pools",
      retentionDays,
      ...(props.dependsOn !== undefined && { dependsOn: [...props.dependsOn] }),
    });
    const sink = new LoggingOrganizationSink(this, "sink", {
      orgId: organizationId,
      name: "keyless-workforce-sign-ins",
      description: "Sign-ins of workforce pools, and changes of these pools",
      // The organization's own entries: those of its projects stay where they are.
      includeChildren: false,
      destination: `logging.googleapis.com/projects/${projectId}/locations/${location}/buckets/${bucket.bucketId}`,
      filter: anyOf(workforceActivity(), changesByHand([])).text,
    });
    new ProjectIamMember(this, "sink-writes", {
      project: projectId,
      role: "roles/logging.bucketWriter",
      member: sink.writerIdentity,
      condition: {
        title: "Only the log of sign-ins",
        expression: `resource.name.endsWith("locations/${location}/buckets/workforce-sign-ins")`,
      },
    });
    new LogMetric(this, "sign-ins", {
      projectId,
      name: "keyless_workforce_activity",
      description: "Sign-ins, sign-outs and exchanges of workforce pools",
      filter: workforceActivity(),
      labels: { method: "EXTRACT(protoPayload.methodName)", code: "EXTRACT(protoPayload.status.code)" },
      bucketName: `projects/${projectId}/locations/${location}/buckets/${bucket.bucketId}`,
    });
  }
}
