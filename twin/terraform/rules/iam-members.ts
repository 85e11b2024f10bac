import type { JsonObject } from "../../../analysis";
import type { RulesOfType } from "./google-resource";
import { findNamed } from "./google-resource";
import { iamMember, type PolicyHolder } from "./iam-member";
import { projectOf } from "./project";
import type { RuleContext } from "./resource-rules";
import { text } from "./values";

/** The last segment: several arguments take a name, an id or a link. */
const nameOf = (values: JsonObject, argument: string): string => (text(values, argument) ?? "").replace(/^.*\//, "");
const project = (values: JsonObject, context: RuleContext): string => projectOf(values, context).id;
const isThere =
  (type: string): NonNullable<PolicyHolder["exists"]> =>
  (id, context) =>
    findNamed(context, type, id) !== undefined;

/** The policies that the stacks add members to. Source: the Google provider 6.50, files iam_*.go of the packages. */
export const iamMemberRules: readonly RulesOfType[] = [
  iamMember({
    type: "google_service_account_iam_member",
    arguments: ["service_account_id"],
    ofProject: false,
    resourceId: (values) => text(values, "service_account_id") ?? "",
    describe: (id) => `service account '${id}'`,
    exists: isThere("google_service_account"),
  }),
  iamMember({
    type: "google_project_iam_member",
    arguments: [],
    ofProject: true,
    resourceId: project,
    describe: (id) => `project "${id}"`,
  }),
  iamMember({
    type: "google_bigquery_dataset_iam_member",
    arguments: ["dataset_id"],
    ofProject: true,
    resourceId: (values, context) => `projects/${project(values, context)}/datasets/${nameOf(values, "dataset_id")}`,
    describe: (id) => `Bigquery Dataset ${id.replace(/^projects\/([^/]+)\/datasets\//, "$1/")}`,
    exists: isThere("google_bigquery_dataset"),
  }),
  iamMember({
    type: "google_cloud_run_v2_service_iam_member",
    arguments: ["location", "name"],
    ofProject: true,
    resourceId: (values, context) =>
      `projects/${project(values, context)}/locations/${text(values, "location") ?? ""}/services/${nameOf(values, "name")}`,
    describe: (id) => `cloudrunv2 service "${id}"`,
    exists: isThere("google_cloud_run_v2_service"),
  }),
  iamMember({
    type: "google_iap_web_backend_service_iam_member",
    arguments: ["web_backend_service"],
    ofProject: true,
    resourceId: (values, context) =>
      `projects/${project(values, context)}/iap_web/compute/services/${nameOf(values, "web_backend_service")}`,
    describe: (id) => `iap webbackendservice "${id}"`,
    exists: (id, context) =>
      isThere("google_compute_backend_service")(
        id.replace("/iap_web/compute/services/", "/global/backendServices/"),
        context,
      ),
  }),
  iamMember({
    type: "google_secret_manager_secret_iam_member",
    arguments: ["secret_id"],
    ofProject: true,
    resourceId: (values, context) => `projects/${project(values, context)}/secrets/${nameOf(values, "secret_id")}`,
    describe: (id) => `secretmanager secret "${id}"`,
    exists: isThere("google_secret_manager_secret"),
  }),
];
