import type { JsonObject } from "../../../analysis";
import { all, oneOf } from "./checks";
import { creationTime, fingerprintOf, uuidOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { googleResource, type RulesOfType } from "./google-resource";
import type { RuleContext, Violation } from "./resource-rules";
import { block, text } from "./values";

/** Cloud Run jobs. Source: the Google provider 6.50, package cloudrunv2; cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs. */
export const cloudRunJobRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_cloud_run_v2_job",
    label: "Job",
    id: "projects/{project}/locations/{location}/jobs/{name}",
    importForms: ["{project}/{location}/{name}", "{location}/{name}"],
    forceNew: ["location", "name", "project"],
    defaults: { deletion_protection: true, "template.template.max_retries": 3 },
    check: all(
      oneOf("launch_stage", ["UNIMPLEMENTED", "PRELAUNCH", "EARLY_ACCESS", "ALPHA", "BETA", "GA", "DEPRECATED"]),
      oneOf("template.template.execution_environment", ["EXECUTION_ENVIRONMENT_GEN1", "EXECUTION_ENVIRONMENT_GEN2"]),
      oneOf("template.template.vpc_access.egress", ["ALL_TRAFFIC", "PRIVATE_RANGES_ONLY"]),
    ),
    computed: (values, _context, id) => ({
      conditions: [],
      create_time: creationTime,
      creator: "",
      delete_time: "",
      effective_annotations: values["annotations"] ?? {},
      effective_labels: values["labels"] ?? {},
      etag: fingerprintOf(id, "etag"),
      execution_count: 0,
      expire_time: "",
      generation: "1",
      last_modifier: "",
      latest_created_execution: [],
      launch_stage: "GA",
      observed_generation: "1",
      reconciling: false,
      terminal_condition: [],
      terraform_labels: values["labels"] ?? {},
      uid: uuidOf(id, "uid"),
      update_time: creationTime,
    }),
    exists: (_id, values) => [`Resource '${text(values, "name") ?? ""}' already exists.`],
    refuse: refuseJob,
    refuseDelete: ({ deletion_protection }) =>
      deletion_protection === false
        ? undefined
        : {
            path: ["deletion_protection"],
            summary: "cannot destroy job without setting deletion_protection=false and running `terraform apply`",
          },
  }),
];

function refuseJob(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const template = block(block(values, "template") ?? {}, "template") ?? {};
  const account = text(template, "service_account");
  const isThere = context.store.ofType("google_service_account").some(({ values: { email } }) => email === account);
  if (account === undefined || isThere) return undefined;
  const message = `Permission 'iam.serviceaccounts.actAs' denied on service account ${account} (or it may not exist).`;
  return googleRefusal(action, 403, message, undefined, ["template", 0, "template", 0, "service_account"]);
}
