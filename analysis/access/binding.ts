import { z } from "zod";
import { onlyBlock } from "../terraform/blocks";
import type { Json, Resource } from "../terraform/resource";
import { isUnknown } from "../terraform/unknown-value";
import { type Unreadable, unreadable } from "./federation";
import {
  backendServiceKey,
  cloudRunServiceKey,
  datasetKey,
  iapWebKey,
  type ProjectNames,
  projectKey,
} from "./resource-key";

/** One member of an IAM binding on one resource. */
export interface Binding {
  readonly address: string;
  /** Key of the resource that the policy sits on; see resource-key. */
  readonly resource: string;
  readonly role: string;
  readonly member: string;
  /** Expression of the IAM condition; `unknown` where it cannot be read, and then grants nothing. */
  readonly condition?: { readonly expression: string } | "unknown";
  /** What the resource takes for its own beside the member: the whole role (`_binding`), or the whole policy (`_policy`). */
  readonly authority?: "role" | "policy";
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
  google_folder: ({ values }) => `folders/${lastSegment(text.parse(values["folder"]))}`,
  google_organization: ({ values }) => `organizations/${lastSegment(text.parse(values["org_id"]))}`,
  google_cloud_run_service: (resource, projects) => {
    const name = text.parse(resource.values["service"]);
    const location = /\/locations\/([^/]+)\//.exec(name)?.[1] ?? text.parse(resource.values["location"]);
    return cloudRunServiceKey(projects.of(resource, name), location, lastSegment(name));
  },
  google_iap_web: (resource, projects) => iapWebKey(projects.of(resource)),
  google_iap_web_backend_service: (resource, projects) => {
    const name = text.parse(resource.values["web_backend_service"]);
    return backendServiceKey(projects.of(resource, name), lastSegment(name));
  },
};

/** What is no name of the resource that the policy sits on. */
const statements: ReadonlySet<string> = new Set([
  "role",
  "member",
  "members",
  "condition",
  "etag",
  "id",
  "policy_data",
]);

/** Of a policy of which no permission is decided here: its kind, and every text that names its resource. */
const keyByNames =
  (policy: string): KeyOf =>
  ({ values }) => {
    const names = Object.entries(values).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && !statements.has(entry[0]),
    );
    const sorted = names.sort(([one], [other]) => (one < other ? -1 : 1));
    return `${policy.replace(/^google_/, "")}/${sorted.map(([, name]) => lastSegment(name)).join("/")}`;
  };

export const accountKey = (email: string): string => `serviceAccounts/${email}`;

/** Whether the resource is `..._iam_member`, `..._iam_binding` or `..._iam_policy` of anything in Google Cloud. */
export function isBinding({ type }: Resource): boolean {
  return bindingType(type) !== undefined;
}

type Form = "member" | "binding" | "policy";

function bindingType(type: string): { readonly keyOf: KeyOf; readonly form: Form } | undefined {
  const [, policy, form] = /^(google_.+)_iam_(member|binding|policy)$/.exec(type) ?? [];
  if (policy === undefined || (form !== "member" && form !== "binding" && form !== "policy")) return undefined;
  return { keyOf: policyResources[policy] ?? keyByNames(policy), form };
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
    if (type.form === "policy") return policyBindings(resource, key);
    const role = text.parse(values["role"]);
    const members = type.form === "member" ? [text.parse(values["member"])] : z.array(text).parse(values["members"]);
    const condition = conditionOf(values["condition"]);
    return members.map((member) => ({
      address,
      resource: key,
      role,
      member,
      ...(condition === undefined ? {} : { condition }),
      ...(type.form === "binding" ? { authority: "role" } : {}),
    }));
  } catch (error) {
    if (error instanceof z.ZodError) return [unreadable(resource, error)];
    return [{ address, problem: error instanceof Error ? error.message : "not readable" }];
  }
}

const policyDocument = z.object({
  bindings: z
    .array(z.object({ role: text, members: z.array(text).default([]), condition: z.json().optional() }))
    .default([]),
});

/** Of a policy as a document, which the data source google_iam_policy makes. */
function policyBindings({ address, values }: Resource, key: string): readonly (Binding | Unreadable)[] {
  const parsed = policyDocument.safeParse(parseJson(values["policy_data"]));
  if (!parsed.success) return [{ address, problem: "policy_data: not known, or not a policy" }];
  return parsed.data.bindings.flatMap(({ role, members, condition: stated }) => {
    const condition = conditionOf(stated);
    return members.map((member) => ({
      address,
      resource: key,
      role,
      member,
      ...(condition === undefined ? {} : { condition }),
      authority: "policy" as const,
    }));
  });
}

function parseJson(value: Json | undefined): unknown {
  if (typeof value !== "string") return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function conditionOf(stated: Json | undefined): Binding["condition"] {
  if (stated === undefined || stated === null || (Array.isArray(stated) && stated.length === 0)) return undefined;
  const expression = isUnknown(stated) ? undefined : onlyBlock(stated)?.["expression"];
  return typeof expression === "string" ? { expression } : "unknown";
}
