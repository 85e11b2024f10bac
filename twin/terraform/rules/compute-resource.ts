import type { JsonObject } from "../../../analysis";
import { all, type Check, matches } from "./checks";
import { creationTime, digitsOf, fingerprintOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { type GoogleResource, googleResource, type RulesOfType } from "./google-resource";
import { text } from "./values";

/** Names of compute resources. Source: the Google provider's ValidateGCEName; the API's own words name the same form. */
const computeName = /^(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)$/;

export interface ComputeResource extends Omit<GoogleResource, "id" | "importForms" | "exists" | "check"> {
  /** Collection in the API: "backendServices". */
  readonly collection: string;
  /** Global unless given. */
  readonly regional?: true;
  /** Whether the provider checks the name itself; otherwise the API refuses it. */
  readonly nameIsChecked?: true;
  readonly check?: Check;
  /** Name of a computed attribute with the API's numeric id. */
  readonly numericId?: string;
  /** Name of a computed attribute with the API's fingerprint. */
  readonly fingerprint?: string;
  /** Whether the schema lacks creation_timestamp. */
  readonly untimed?: true;
}

/** Rules of a resource of the Compute Engine API. Source: cloud.google.com/compute/docs/reference/rest/v1. */
export function computeResource(resource: ComputeResource): RulesOfType {
  const { collection, regional, nameIsChecked, untimed, numericId, fingerprint, check, computed, refuse, ...rest } =
    resource;
  const scope = regional === true ? "regions/{region}" : "global";
  const checks = [
    ...(nameIsChecked === true ? [matches("name", computeName)] : []),
    ...(check === undefined ? [] : [check]),
  ];
  return googleResource({
    ...rest,
    id: `projects/{project}/${scope}/${collection}/{name}`,
    importForms:
      regional === true ? ["{project}/{region}/{name}", "{region}/{name}", "{name}"] : ["{project}/{name}", "{name}"],
    check: all(...checks),
    computed: (values, context, id) => ({
      self_link: `https://www.googleapis.com/compute/v1/${id}`,
      ...(untimed === true ? {} : { creation_timestamp: creationTime }),
      ...(numericId === undefined ? {} : { [numericId]: Number(digitsOf(id, numericId, 15)) }),
      ...(fingerprint === undefined ? {} : { [fingerprint]: fingerprintOf(id, fingerprint) }),
      ...computed?.(values, context, id),
    }),
    exists: (id) => [`The resource '${id}' already exists`, "alreadyExists"],
    refuse: (values, context, action) => refuseName(values, action) ?? refuse?.(values, context, action),
  });
}

function refuseName(values: JsonObject, action: string) {
  const name = text(values, "name") ?? "";
  if (computeName.test(name)) return undefined;
  const message = `Invalid value for field 'resource.name': '${name}'. Must be a match of regex '${computeName.source.slice(1, -1)}'`;
  return googleRefusal(action, 400, message, "invalid", ["name"]);
}

/** Computed attributes of resources with labels. */
export const labelled = (values: JsonObject, id: string): JsonObject => {
  const labels = values["labels"] ?? {};
  return { effective_labels: labels, terraform_labels: labels, label_fingerprint: fingerprintOf(id, "labels") };
};
