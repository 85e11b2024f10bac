import { labelled } from "./compute-resource";
import { creationTime } from "./derived";
import { googleResource, type RulesOfType } from "./google-resource";
import { text } from "./values";

/** Artifact Registry. Source: the Google provider 6.50, package artifactregistry. */
export const artifactRegistryRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_artifact_registry_repository",
    label: "Repository",
    id: "projects/{project}/locations/{location}/repositories/{repository_id}",
    importForms: ["{project}/{location}/{repository_id}", "{location}/{repository_id}"],
    forceNew: ["repository_id", "location", "format", "kms_key_name", "mode", "remote_repository_config", "project"],
    defaults: { mode: "STANDARD_REPOSITORY" },
    computed: (values, _context, id) => {
      const { effective_labels = {}, terraform_labels = {} } = labelled(values, id);
      return {
        name: text(values, "repository_id") ?? "",
        create_time: creationTime,
        update_time: creationTime,
        effective_labels,
        terraform_labels,
      };
    },
    exists: () => ["the repository already exists", "alreadyExists"],
  }),
];
