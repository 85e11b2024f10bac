import { z } from "zod";
import { onlyBlock } from "../terraform/blocks";
import type { Resource } from "../terraform/resource";
import { isUnknown } from "../terraform/unknown-value";
import { type Unreadable, unreadable } from "./federation";
import { backendServiceKey, cloudRunServiceKey, datasetKey, type ProjectNames, projectKey } from "./resource-key";

/** One member of an IAM binding on one resource. */
export interface Binding {
  readonly address: string;
  /** Key of the resource that the policy sits on; see resource-key. */
  readonly resource: string;
  readonly role: string;
  readonly member: string;
  /** Expression of the IAM condition; `unknown` where it cannot be read, and then grants nothing. */
  readonly condition?: { readonly expression: string } | "unknown";
}

/** E-mail of a service account by any of its names: resource name, e-mail, unique id. */
export type AccountNames = (name: string) => string;

type KeyOf = (resource: Resource, projects: ProjectNames, accounts: AccountNames) => string;

const text = z.string().min(1);
const lastSegment = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** Where the policy of each kind of binding sits. */
const policyResources: Readonly<Record<string, KeyOf>> = {
  google_service_account: ({ values }, _projects, accounts) =>
    accountKey(accounts(lastSegment(text.parse(values["service_account_id"])))),
  google_project: ({ values }, projects) => projectKey(projects.idOf(text.parse(values["project"]))),
  google_bigquery_dataset: (resource, projects) =>
    datasetKey(
      projects.of(resource, resource.values["dataset_id"]),
      lastSegment(text.parse(resource.values["dataset_id"])),
    ),
  google_cloud_run_v2_service: (resource, projects) => {
    const name = text.parse(resource.values["name"]);
    const location = /\/locations\/([^/]+)\//.exec(name)?.[1] ?? text.parse(resource.values["location"]);
    return cloudRunServiceKey(projects.of(resource, name), location, lastSegment(name));
  },
  google_iap_web_backend_service: (resource, projects) => {
    const name = text.parse(resource.values["web_backend_service"]);
    return backendServiceKey(projects.of(resource, name), lastSegment(name));
  },
};

export const accountKey = (email: string): string => `serviceAccounts/${email}`;

/** Whether the resource is a binding that is read here: `..._iam_member` or `..._iam_binding` of a known policy. */
export function isBinding({ type }: Resource): boolean {
  return bindingType(type) !== undefined;
}

function bindingType(type: string): { readonly keyOf: KeyOf; readonly form: "member" | "binding" } | undefined {
  const match = /^(.+)_iam_(member|binding)$/.exec(type);
  const [, policy = "", form] = match ?? [];
  const keyOf = Object.hasOwn(policyResources, policy) ? policyResources[policy] : undefined;
  return keyOf !== undefined && (form === "member" || form === "binding") ? { keyOf, form } : undefined;
}

/** The bindings that a resource of Terraform states, one for each member. */
export function bindingsOf(
  resource: Resource,
  projects: ProjectNames,
  accounts: AccountNames,
): readonly (Binding | Unreadable)[] {
  const type = bindingType(resource.type);
  if (type === undefined) return [];
  const { values, address } = resource;
  try {
    const key = type.keyOf(resource, projects, accounts);
    const role = text.parse(values["role"]);
    const members = type.form === "member" ? [text.parse(values["member"])] : z.array(text).parse(values["members"]);
    const condition = conditionOf(resource);
    return members.map((member) => ({
      address,
      resource: key,
      role,
      member,
      ...(condition === undefined ? {} : { condition }),
    }));
  } catch (error) {
    if (error instanceof z.ZodError) return [unreadable(resource, error)];
    return [{ address, problem: error instanceof Error ? error.message : "not readable" }];
  }
}

function conditionOf({ values }: Resource): Binding["condition"] {
  const stated = values["condition"];
  if (stated === undefined || stated === null || (Array.isArray(stated) && stated.length === 0)) return undefined;
  const expression = isUnknown(stated) ? undefined : onlyBlock(stated)?.["expression"];
  return typeof expression === "string" ? { expression } : "unknown";
}
