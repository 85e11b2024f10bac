import { all, exactlyOneOf, within, worded } from "./checks";
import { labelled } from "./compute-resource";
import { creationTime, fingerprintOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { googleResource, type RulesOfType } from "./google-resource";
import { projectOf } from "./project";
import { flag, text } from "./values";

/** BigQuery datasets and Secret Manager secrets. Source: the Google provider 6.50, packages bigquery and secretmanager. */
export const dataAndSecretRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_bigquery_dataset",
    label: "Dataset",
    id: "projects/{project}/datasets/{dataset_id}",
    importForms: ["{project}/{dataset_id}", "{dataset_id}"],
    forceNew: ["dataset_id", "location", "external_dataset_reference", "project"],
    defaults: { location: "US", delete_contents_on_destroy: false },
    check: worded("dataset_id", (value, name) => [
      ...(/^[0-9A-Za-z_]+$/.test(value)
        ? []
        : [`"${name}" must contain only letters (a-z, A-Z), numbers (0-9), or underscores (_)`]),
      ...(value.length > 1024 ? [`"${name}" cannot be greater than 1,024 characters`] : []),
    ]),
    computed: (values, _context, id) => ({
      self_link: `https://bigquery.googleapis.com/bigquery/v2/${id}`,
      etag: fingerprintOf(id, "etag"),
      creation_time: Date.parse(creationTime),
      last_modified_time: Date.parse(creationTime),
      effective_labels: values["labels"] ?? {},
      terraform_labels: values["labels"] ?? {},
      default_collation: "",
      is_case_insensitive: false,
      max_time_travel_hours: "168",
      storage_billing_model: "",
    }),
    exists: (_id, values, context) => [
      `Already Exists: Dataset ${projectOf(values, context).id}:${text(values, "dataset_id") ?? ""}`,
      "duplicate",
    ],
  }),
  googleResource({
    type: "google_secret_manager_secret",
    label: "Secret",
    id: "projects/{project}/secrets/{secret_id}",
    importForms: ["{project}/{secret_id}", "{secret_id}"],
    forceNew: ["secret_id", "replication", "tags", "project"],
    defaults: { deletion_protection: false },
    check: all(within("replication", exactlyOneOf("auto", "user_managed"))),
    computed: (values, context, id) => {
      const { effective_labels = {}, terraform_labels = {} } = labelled(values, id);
      return {
        name: `projects/${projectOf(values, context).number}/secrets/${text(values, "secret_id") ?? ""}`,
        create_time: creationTime,
        effective_annotations: values["annotations"] ?? {},
        effective_labels,
        terraform_labels,
        expire_time: "",
      };
    },
    exists: (_id, values, context) => [
      `Secret [projects/${projectOf(values, context).number}/secrets/${text(values, "secret_id") ?? ""}] already exists.`,
    ],
    refuse: (values, _context, action) => {
      const id = text(values, "secret_id") ?? "";
      const message = `The provided Secret ID [${id}] does not match the expected format [[a-zA-Z_0-9]+]`;
      return /^[a-zA-Z_0-9-]{1,255}$/.test(id)
        ? undefined
        : googleRefusal(action, 400, message, undefined, ["secret_id"]);
    },
    refuseDelete: (values) =>
      flag(values, "deletion_protection")
        ? {
            path: ["deletion_protection"],
            summary:
              "cannot destroy secret manager secret without setting deletion_protection=false and running `terraform apply`",
          }
        : undefined,
  }),
];
