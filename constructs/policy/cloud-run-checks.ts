import { imageByDigestPattern } from "../../facts/artifact-registry";
import type { ResourceCheck } from "./rules";
import { blocksOf, textOf, withoutTemplates } from "./terraform-block";

const defaultAccount = /(-compute@developer|@appspot)\.gserviceaccount\.com$/;

/** Services have one template; jobs have one in it once more. */
export const checkCloudRun: ResourceCheck = (values, type) => {
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
  /^\$\{[^}]*\}$/.test(image) || imageByDigestPattern.test(image) || /@(sha256:)?$/.test(withoutTemplates(image));

/** The first version of Cloud Run's interface: the account and the containers are a level deeper, the ingress an annotation. */
export const checkFirstCloudRun: ResourceCheck = (values) => {
  const specs = blocksOf(values, "template").flatMap((template) => blocksOf(template, "spec"));
  const [annotations = {}] = blocksOf(values, "metadata").flatMap((metadata) => blocksOf(metadata, "annotations"));
  const ingress = textOf(annotations, "run.googleapis.com/ingress");
  const account = specs.map((spec) => textOf(spec, "service_account_name")).find((name) => name !== "") ?? "";
  return [
    ...(account === "" || defaultAccount.test(account)
      ? [{ rule: "no-default-service-account", found: account === "" ? "no service_account_name" : account } as const]
      : []),
    ...specs
      .flatMap((spec) => blocksOf(spec, "containers"))
      .map((container) => textOf(container, "image"))
      .filter((image) => !isByDigest(image))
      .map((found) => ({ rule: "image-by-digest", found }) as const),
    ...(ingress !== "internal-and-cloud-load-balancing" && ingress !== "internal"
      ? [{ rule: "ingress-through-load-balancer", found: ingress === "" ? "no ingress" : ingress } as const]
      : []),
  ];
};
