import { isEmpty, type ShownObject, textOf } from "../model/shown-value";

/** What an IAM binding sits on. */
export interface IamScope {
  /** In words: "project", "bigquery dataset". */
  readonly kind: string;
  /** Name or id, as the binding gives it. */
  readonly name: string;
}

interface IamType {
  readonly kind: string;
  readonly form: "member" | "binding" | "policy";
  readonly scopeAttributes: readonly string[];
}

const scopes: Readonly<Record<string, { readonly kind: string; readonly attributes: readonly string[] }>> = {
  project: { kind: "project", attributes: ["project"] },
  folder: { kind: "folder", attributes: ["folder"] },
  organization: { kind: "organization", attributes: ["org_id"] },
  billing_account: { kind: "billing account", attributes: ["billing_account_id"] },
  service_account: { kind: "service account", attributes: ["service_account_id"] },
  iap_web_backend_service: { kind: "web app behind IAP", attributes: ["web_backend_service"] },
  iap_web: { kind: "all web apps behind IAP of project", attributes: ["project"] },
};

/** Arguments that name the resource, in the order in which they are looked for. */
const nameAttributes = [
  "dataset_id",
  "bucket",
  "secret_id",
  "web_backend_service",
  "web_region_backend_service",
  "service",
  "topic",
  "subscription",
  "repository",
  "crypto_key_id",
  "key_ring_id",
  "table_id",
  "instance",
  "instance_name",
  "subnetwork",
  "pool_id",
  "workload_identity_pool_id",
  "workforce_pool_id",
  "name",
  "project",
] as const;

/** Resource types of the google provider that are a part of an IAM policy; undefined for all others. */
export function iamType(type: string): IamType | undefined {
  const match = /^google_(.+)_iam_(member|binding|policy)$/.exec(type);
  const [, resource = "", form] = match ?? [];
  if (form !== "member" && form !== "binding" && form !== "policy") return undefined;
  const known = Object.hasOwn(scopes, resource) ? scopes[resource] : undefined;
  return {
    form,
    kind: known?.kind ?? resource.replace(/_v\d+(?=_|$)/, "").replaceAll("_", " "),
    scopeAttributes: known?.attributes ?? nameAttributes,
  };
}

export function iamScope({ kind, scopeAttributes }: IamType, values: ShownObject): IamScope {
  const attribute = scopeAttributes.find((name) => Object.hasOwn(values, name) && !isEmpty(values[name]));
  const name = attribute === undefined ? undefined : values[attribute];
  return { kind, name: name === undefined ? "(not stated)" : textOf(name) };
}
