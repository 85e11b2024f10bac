import { checkAccessList, checkAuthoritative, checkBinding, checkCustomRole, checkEntitlement } from "./binding-checks";
import { checkCloudRun, checkFirstCloudRun } from "./cloud-run-checks";
import type { Finding, ResourceCheck } from "./rules";
import { blocksOf, textOf } from "./terraform-block";

const forbidden =
  (rule: Finding["rule"]): ResourceCheck =>
  (_values, type) => [{ rule, found: type }];

const checkIapSettings: ResourceCheck = (values) =>
  blocksOf(values, "access_settings")
    .flatMap((settings) => blocksOf(settings, "gcip_settings"))
    .map(() => ({ rule: "no-identity-platform", found: "gcip_settings" }) as const);

/** A condition that reads nothing of the token, or has `true` as an alternative, holds for everybody. */
const checkProvider: ResourceCheck = (values) => {
  const condition = textOf(values, "attribute_condition").trim();
  const names = condition.replaceAll(/'(\\.|[^'\\])*'|"(\\.|[^"\\])*"/g, "''");
  const isOpen =
    !/(^|[^.\w])(assertion|attribute|google)\s*[.[]/.test(names.replaceAll(/\bin\s+(assertion|attribute)\b/g, "$1.")) ||
    /(^|\|\||(?<!\w)\()\s*(true|!\s*false)\s*($|\|\||\))/.test(names);
  return isOpen ? [{ rule: "provider-has-condition", found: condition === "" ? "no condition" : condition }] : [];
};

const checks: ReadonlyMap<string, ResourceCheck> = new Map([
  ["google_service_account_key", forbidden("no-service-account-key")],
  ["google_storage_hmac_key", forbidden("no-service-account-key")],
  ["google_iap_brand", forbidden("no-iap-brand")],
  ["google_iap_client", forbidden("no-iap-brand")],
  ["google_iap_settings", checkIapSettings],
  ["google_cloud_run_v2_service", checkCloudRun],
  ["google_cloud_run_v2_job", checkCloudRun],
  ["google_cloud_run_service", checkFirstCloudRun],
  ["google_privileged_access_manager_entitlement", checkEntitlement],
  ["google_project_iam_custom_role", checkCustomRole],
  ["google_organization_iam_custom_role", checkCustomRole],
  ["google_bigquery_dataset", checkAccessList],
  ["google_bigquery_dataset_access", checkAccessList],
  ["google_iam_workload_identity_pool_provider", checkProvider],
  ["google_iam_workforce_pool_provider", checkProvider],
]);

/** The check of a type of resource; undefined where there is nothing to look at. */
export function checkOf(type: string): ResourceCheck | undefined {
  const own = checks.get(type);
  if (own !== undefined) return own;
  if (/_iam_member$/.test(type)) return checkBinding;
  if (/^google_(project|folder|organization)_iam_binding$/.test(type))
    return (values, name) => [...checkBinding(values, name), ...checkAuthoritative(values, name)];
  if (/_iam_binding$/.test(type)) return checkBinding;
  if (/^google_storage_(?:default_)?(?:bucket|object)_(?:acl|access_control)$/.test(type)) return checkAccessList;
  return /_iam_policy$/.test(type) ? checkAuthoritative : undefined;
}
