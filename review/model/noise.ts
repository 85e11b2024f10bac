/**
 * Attributes that the cloud or the provider keeps for itself: versions of a record, times of its last change, labels.
 * They are counted and folded, never dropped from the decision whether anything changed.
 */
const noise: ReadonlySet<string> = new Set([
  "etag",
  "fingerprint",
  "label_fingerprint",
  "metadata_fingerprint",
  "generation",
  "observed_generation",
  "metageneration",
  "labels",
  "effective_labels",
  "terraform_labels",
  "effective_annotations",
  "last_modifier",
  "last_modified_time",
  "update_time",
]);

/** Cloud Run's status, which comes with every revision. */
const cloudRunNoise: ReadonlySet<string> = new Set([
  "client",
  "client_version",
  "conditions",
  "latest_created_execution",
  "latest_created_revision",
  "latest_ready_revision",
  "reconciling",
  "terminal_condition",
  "traffic_statuses",
]);

/** Only the outermost name of the path counts: `template[0].labels` reaches what runs. */
export function isNoise(type: string, [outermost]: readonly (string | number)[]): boolean {
  if (typeof outermost !== "string") return false;
  return noise.has(outermost) || (type.startsWith("google_cloud_run") && cloudRunNoise.has(outermost));
}
