import type { JsonObject } from "../../../analysis";
import { all, exactlyOneOf, oneOf, within } from "./checks";
import { creationTime, digestOf, fingerprintOf, uuidOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { findNamed, googleResource, type RulesOfType } from "./google-resource";
import { cloudRunAgainstPolicies } from "./organization-policy-enforcement";
import { findProject, projectOf } from "./project";
import type { RuleContext, Violation } from "./resource-rules";
import { block, blocks, text, valuesAt } from "./values";

const launchStages = ["UNIMPLEMENTED", "PRELAUNCH", "EARLY_ACCESS", "ALPHA", "BETA", "GA", "DEPRECATED"];

/** Cloud Run services. Source: the Google provider 6.50, package cloudrunv2; cloud.google.com/run/docs/reference/rest/v2. */
export const cloudRunRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_cloud_run_v2_service",
    label: "Service",
    id: "projects/{project}/locations/{location}/services/{name}",
    importForms: ["{project}/{location}/{name}", "{location}/{name}"],
    forceNew: ["location", "name", "project"],
    defaults: {
      deletion_protection: true,
      "template.containers.startup_probe.initial_delay_seconds": 0,
      "template.containers.startup_probe.timeout_seconds": 1,
      "template.containers.startup_probe.period_seconds": 10,
      "template.containers.startup_probe.failure_threshold": 3,
      "template.containers.startup_probe.http_get.path": "/",
      "template.containers.liveness_probe.initial_delay_seconds": 0,
      "template.containers.liveness_probe.timeout_seconds": 1,
      "template.containers.liveness_probe.period_seconds": 10,
      "template.containers.liveness_probe.failure_threshold": 3,
      "template.containers.liveness_probe.http_get.path": "/",
    },
    check: all(
      oneOf("ingress", [
        "INGRESS_TRAFFIC_ALL",
        "INGRESS_TRAFFIC_INTERNAL_ONLY",
        "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
      ]),
      oneOf("launch_stage", launchStages),
      oneOf("template.execution_environment", ["EXECUTION_ENVIRONMENT_GEN1", "EXECUTION_ENVIRONMENT_GEN2"]),
      oneOf("template.vpc_access.egress", ["ALL_TRAFFIC", "PRIVATE_RANGES_ONLY"]),
      oneOf("template.volumes.empty_dir.medium", ["MEMORY"]),
      within("template", within("volumes", exactlyOneOf("secret", "cloud_sql_instance", "empty_dir", "gcs", "nfs"))),
    ),
    computed: computedOfService,
    exists: (_id, values) => [`Resource '${text(values, "name") ?? ""}' already exists.`],
    refuse: refuseService,
    refuseDelete: (values) =>
      // The provider itself refuses, by what its state says; absent means its default, true.
      values["deletion_protection"] === false
        ? undefined
        : {
            path: ["deletion_protection"],
            summary: "cannot destroy service without setting deletion_protection=false and running `terraform apply`",
          },
  }),
];

function computedOfService(values: JsonObject, context: RuleContext, id: string): JsonObject {
  const name = text(values, "name") ?? "";
  const uri = `https://${name}-${projectOf(values, context).number}.${text(values, "location") ?? ""}.run.app`;
  const revision = `${name}-00001-${digestOf(id, "revision").slice(0, 3)}`;
  const labels = values["labels"] ?? {};
  return {
    uri,
    urls: [uri],
    uid: uuidOf(id, "uid"),
    etag: fingerprintOf(id, "etag"),
    generation: "1",
    observed_generation: "1",
    latest_created_revision: revision,
    latest_ready_revision: revision,
    create_time: creationTime,
    update_time: creationTime,
    delete_time: "",
    expire_time: "",
    creator: "",
    last_modifier: "",
    reconciling: false,
    conditions: [],
    terminal_condition: [],
    traffic_statuses: [],
    effective_annotations: values["annotations"] ?? {},
    effective_labels: labels,
    terraform_labels: labels,
    ingress: "INGRESS_TRAFFIC_ALL",
    launch_stage: "GA",
  };
}

function refuseService(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const forbidden = cloudRunAgainstPolicies(values, context, action);
  if (forbidden !== undefined) return forbidden;
  const template = block(values, "template") ?? {};
  const account = text(template, "service_account");
  const accounts = context.store.ofType("google_service_account");
  if (account !== undefined && !accounts.some(({ values: { email } }) => email === account)) {
    const message = `Permission 'iam.serviceaccounts.actAs' denied on service account ${account} (or it may not exist).`;
    return googleRefusal(action, 403, message, undefined, ["template", 0, "service_account"]);
  }
  const { number } = projectOf(values, context);
  for (const { secret, version } of secretsOf(template)) {
    const name = secret.includes("/") ? secret : `projects/${number}/secrets/${secret}`;
    if (account !== undefined && mayRead(account, name, context)) continue;
    const message = `Permission denied on secret: ${name}/versions/${version} for Revision service account ${account ?? `${number}-compute@developer.gserviceaccount.com`}. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.`;
    return googleRefusal(action, 400, message, undefined, ["template"]);
  }
  return undefined;
}

function secretsOf(template: JsonObject): readonly { readonly secret: string; readonly version: string }[] {
  const volumes = blocks(template, "volumes").flatMap((volume) => blocks(volume, "secret"));
  const variables = valuesAt(template, "containers.env.value_source.secret_key_ref").flatMap(({ value }) =>
    blocks({ value }, "value"),
  );
  const versions = volumes.map((volume) => text(blocks(volume, "items")[0] ?? {}, "version") ?? "latest");
  return [
    ...volumes.map((volume, position) => ({
      secret: text(volume, "secret") ?? "",
      version: versions[position] ?? "latest",
    })),
    ...variables.map((variable) => ({
      secret: text(variable, "secret") ?? "",
      version: text(variable, "version") ?? "latest",
    })),
  ];
}

/** Whether an account was given the role on the secret or on its project. */
function mayRead(account: string, secret: string, context: RuleContext): boolean {
  const member = `serviceAccount:${account}`;
  const isGrant = ({ role, member: granted }: JsonObject) =>
    role === "roles/secretmanager.secretAccessor" && granted === member;
  const found = findNamed(context, "google_secret_manager_secret", secret);
  if (found === undefined) return false;
  const onSecret = context.store
    .ofType("google_secret_manager_secret_iam_member")
    .some(({ values, identity }) => isGrant(values) && identity.startsWith(`${found.identity}/`));
  const project = findProject(/^projects\/([^/]+)/.exec(found.identity)?.[1] ?? "", context);
  return (
    onSecret ||
    context.store
      .ofType("google_project_iam_member")
      .some(({ values }) => isGrant(values) && projectOf(values, context).id === project?.id)
  );
}
