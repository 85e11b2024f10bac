import { z } from "zod";
import { isList } from "../terraform/path";
import type { Json, JsonObject, Resource } from "../terraform/resource";
import { isUnknown } from "../terraform/unknown-value";
import type { Binding } from "./binding";
import { datasetKey, type ProjectNames } from "./resource-key";
import { type Unreadable, unreadable } from "./unreadable";

/**
 * A dataset's own list of who has access, which BigQuery keeps beside IAM: blocks of the dataset, or a resource of their own.
 * Source: cloud.google.com/bigquery/docs/reference/rest/v2/datasets#resource:-dataset.
 */
export const isDatasetAccess = ({ type }: Resource): boolean =>
  type === "google_bigquery_dataset" || type === "google_bigquery_dataset_access";

/** Source: cloud.google.com/bigquery/docs/access-control-basic-roles. */
const roleOf: Readonly<Record<string, string>> = {
  READER: "roles/bigquery.dataViewer",
  WRITER: "roles/bigquery.dataEditor",
  OWNER: "roles/bigquery.dataOwner",
};

const word = z.string().nullish();
const entry = z.object({
  role: word,
  user_by_email: word,
  group_by_email: word,
  domain: word,
  special_group: word,
  iam_member: word,
});
const named = z.object({ dataset_id: z.string().min(1) });

/** The members of a list; views, routines and other datasets, which are nobody, are left out. */
export function datasetAccessOf(resource: Resource, projects: ProjectNames): readonly (Binding | Unreadable)[] {
  const { type, values, address } = resource;
  const blocks = type === "google_bigquery_dataset" ? blocksOf(values["access"]) : [values];
  if (blocks.length === 0) return [];
  const dataset = named.safeParse(values);
  if (!dataset.success) return [unreadable(resource, dataset.error)];
  const id = dataset.data.dataset_id;
  return blocks.flatMap((block): (Binding | Unreadable)[] => {
    const parsed = entry.safeParse(block);
    if (!parsed.success) return [unreadable(resource, parsed.error)];
    const member = memberOf(parsed.data);
    if (member === undefined) return [];
    const { role } = parsed.data;
    if (!role) return [{ address, problem: "access.role: it is not stated" }];
    try {
      const key = datasetKey(projects.of(resource, id), id.slice(id.lastIndexOf("/") + 1));
      return [{ address, resource: key, role: roleOf[role.toUpperCase()] ?? role, member, ...conditionOf(block) }];
    } catch (error) {
      return [{ address, problem: error instanceof Error ? error.message : "not readable" }];
    }
  });
}

function memberOf(access: z.output<typeof entry>): string | undefined {
  const { user_by_email: user, group_by_email: group, domain, special_group: special, iam_member: member } = access;
  if (member) return member;
  if (user) return user.endsWith("gserviceaccount.com") ? `serviceAccount:${user}` : `user:${user}`;
  if (group) return `group:${group}`;
  if (domain) return `domain:${domain}`;
  // The others stand for roles on the project, which are bound there.
  return special === "allAuthenticatedUsers" ? special : undefined;
}

/** BigQuery's conditions are evaluated nowhere here, and so grant nothing for certain. */
function conditionOf(block: JsonObject): Pick<Binding, "condition"> {
  const stated = block["condition"];
  return stated === undefined || stated === null || (isList(stated) && stated.length === 0)
    ? {}
    : { condition: "unknown" };
}

/** A list that nobody declares is known only to the cloud; what IAM grants is in it as well. */
function blocksOf(value: Json | undefined): readonly JsonObject[] {
  if (typeof value !== "object" || value === null || isUnknown(value)) return [];
  if (!isList(value)) return [value];
  return value.flatMap((item) => (typeof item === "object" && item !== null && !isList(item) ? [item] : []));
}
