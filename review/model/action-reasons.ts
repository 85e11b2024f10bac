/** `action_reason` of Terraform's JSON in words. Source: developer.hashicorp.com/terraform/internals/json-format. */
const reasons: Readonly<Record<string, string>> = {
  replace_because_cannot_update: "the attribute cannot be changed in place",
  replace_because_tainted: "an earlier apply left it damaged (tainted)",
  replace_by_request: "the replacement was asked for (-replace)",
  replace_by_triggers: "a resource in replace_triggered_by changes",
  delete_because_no_resource_config: "it is no longer in the configuration",
  delete_because_no_module: "its module is no longer in the configuration",
  delete_because_wrong_repetition: "count or for_each of the resource was added or removed",
  delete_because_count_index: "count is now smaller",
  delete_because_each_key: "for_each no longer has its key",
  delete_because_no_move_target: "the target it was moved to is not in the configuration",
  read_because_config_unknown: "its configuration is known only after apply",
  read_because_dependency_pending: "it depends on a resource with changes",
  read_because_check_nested: "a check reads it at each apply",
};

/** Undefined where Terraform gave no reason; a reason that is not known here is repeated with spaces. */
export function reasonInWords(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  if (Object.hasOwn(reasons, reason)) return reasons[reason];
  return /^[a-z_]{1,60}$/.test(reason) ? reason.replaceAll("_", " ") : undefined;
}
