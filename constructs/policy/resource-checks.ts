import { imageByDigestPattern } from "../../facts/artifact-registry";
import { isReference, withoutReferences } from "../federation/reference";
import { checkAuthoritative, checkBinding } from "./binding-checks";
import type { Finding, ResourceCheck } from "./rules";
import { type Block, blocksOf, textOf } from "./terraform-block";

const forbidden =
  (rule: Finding["rule"]): ResourceCheck =>
  (_values, type) => [{ rule, found: type }];

const defaultAccount = /(-compute@developer|@appspot)\.gserviceaccount\.com$/;

/** Services have one template; jobs have one in it once more. */
const checkCloudRun: ResourceCheck = (values, type) => {
  const templates = blocksOf(values, "template").flatMap((template) => [template, ...blocksOf(template, "template")]);
  const containers = templates.flatMap((template) => blocksOf(template, "containers"));
  const account = templates.map((template) => textOf(template, "service_account")).find((name) => name !== "") ?? "";
  const ingress = textOf(values, "ingress");
  const isService = type === "google_cloud_run_v2_service";
  return [
    ...(account === "" || defaultAccount.test(account)
      ? [{ rule: "no-default-service-account", found: account === "" ? "no service_account" : account } as const]
      : []),
    ...containers
      .map((container) => textOf(container, "image"))
      .filter((image) => !isByDigest(image))
      .map((found) => ({ rule: "image-by-digest", found }) as const),
    ...(isService && ingress !== "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" && ingress !== "INGRESS_TRAFFIC_INTERNAL_ONLY"
      ? [{ rule: "ingress-through-load-balancer", found: ingress === "" ? "no ingress" : ingress } as const]
      : []),
  ];
};

/** A digest, or one that Terraform fills in: `REPOSITORY/IMAGE@sha256:...`. */
const isByDigest = (image: string): boolean =>
  isReference(image) || imageByDigestPattern.test(image) || /@(sha256:)?$/.test(withoutReferences(image));

const checkIapSettings: ResourceCheck = (values) =>
  blocksOf(values, "access_settings")
    .flatMap((settings) => blocksOf(settings, "gcip_settings"))
    .map(() => ({ rule: "no-identity-platform", found: "gcip_settings" }) as const);

const checkProvider: ResourceCheck = (values) => {
  const condition = textOf(values, "attribute_condition").trim();
  const isOpen = condition === "" || condition === "true";
  return isOpen ? [{ rule: "provider-has-condition", found: condition === "" ? "no condition" : condition }] : [];
};

const checks: ReadonlyMap<string, ResourceCheck> = new Map([
  ["google_service_account_key", forbidden("no-service-account-key")],
  ["google_iap_brand", forbidden("no-iap-brand")],
  ["google_iap_client", forbidden("no-iap-brand")],
  ["google_iap_settings", checkIapSettings],
  ["google_cloud_run_v2_service", checkCloudRun],
  ["google_cloud_run_v2_job", checkCloudRun],
  ["google_iam_workload_identity_pool_provider", checkProvider],
]);

/** The check of a type of resource; undefined where there is nothing to look at. */
export function checkOf(type: string): ResourceCheck | undefined {
  const own = checks.get(type);
  if (own !== undefined) return own;
  if (/_iam_member$/.test(type)) return checkBinding;
  if (/^google_(project|folder|organization)_iam_binding$/.test(type))
    return (values, name) => [...checkBinding(values, name), ...checkAuthoritative(values, name)];
  if (/_iam_binding$/.test(type)) return checkBinding;
  return /_iam_policy$/.test(type) ? checkAuthoritative : undefined;
}

const providerTypes = new Map([
  ["google_iam_workload_identity_pool_provider", "workload_identity_pool_id"],
  ["google_iam_workforce_pool_provider", "workforce_pool_id"],
]);

/** The pool that a provider belongs to, as its resource names it; undefined for what is no provider. */
export function poolOfProvider(type: string, values: Block): string | undefined {
  const argument = providerTypes.get(type);
  return argument === undefined ? undefined : `${type} ${textOf(values, "project")} ${textOf(values, argument)}`;
}
