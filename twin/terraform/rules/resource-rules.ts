import type { Json, JsonObject } from "../../../analysis";
import type { ResourceStore } from "../../store/resource-store";
import type { GoogleProject } from "./google-project";

/**
 * Stands for a value that is known only after apply. Marked by identity: a copy of it is not unknown, so whoever maps values
 * must pass this very object on.
 */
export const UNKNOWN: JsonObject = Object.freeze({ "known after apply": true });

/** What the rules may look at beside the resource itself. */
export interface RuleContext {
  readonly stack: string;
  /** The project of resources that name none: the stack's. */
  readonly project: GoogleProject | undefined;
  /** All projects there are; a resource's own `project` argument names one of these by id or number. */
  readonly projects: readonly GoogleProject[];
  readonly store: ResourceStore;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A refusal, in the words of the provider or of Google. */
export interface Violation {
  /** Where it lies: names of attributes and blocks, positions in lists. Empty for the resource as a whole. */
  readonly path: readonly (string | number)[];
  readonly summary: string;
  readonly detail?: string;
}

/**
 * How the provider and the cloud treat one resource type. Arguments and attributes are under Terraform's names; a block
 * of at most one may be an object or a list of one; null counts as absent.
 *
 * Create: `validate`, then `refuseCreate`, then stored is `{ ...computed(values), ...values }` under `identity` of the result.
 * Update: the same with `refuseUpdate`, where `values` given to `computed` hold the `invented` attributes of before.
 * A change of a `forceNew` attribute is a delete and a create.
 */
export interface ResourceRules {
  /** Attribute names or dotted block paths ("oidc.issuer_uri") whose change replaces the resource, as the provider marks them. */
  readonly forceNew: readonly string[];
  /** Provider defaults of arguments left out. A dotted path names an argument in each block that is there. */
  readonly defaults?: JsonObject;
  /**
   * Attributes that the cloud invents at creation and keeps: ids with nothing natural to derive them from, and secrets.
   * `computed` returns those it finds in `values`, and random ones otherwise.
   */
  readonly invented?: readonly string[];
  /** Plan time: enumerations, patterns, conflicts, exactly-one-of. UNKNOWN is never judged. */
  validate?(values: JsonObject, context: RuleContext): readonly Violation[];
  /** The cloud's key of the resource: what makes two resources the same one. For a type with invented ids, `values` must hold them. */
  identity(values: JsonObject, context: RuleContext): string;
  /** Attributes that the cloud adds, also to optional arguments that were left out; what `values` states wins over these. */
  computed(values: JsonObject, context: RuleContext): JsonObject;
  /** Apply time: what the cloud refuses, in its words. */
  refuseCreate?(values: JsonObject, context: RuleContext): Violation | undefined;
  refuseUpdate?(before: JsonObject, after: JsonObject, context: RuleContext): Violation | undefined;
  refuseDelete?(values: JsonObject, context: RuleContext): Violation | undefined;
  /** The identity that an import id names; the id may be in any form that the provider takes. */
  importIdentity?(importId: string, context: RuleContext): string;
  /** Kept for 30 days after deletion (`store.retire`); creating it again meets 409 until undelete. */
  readonly softDelete?: boolean;
}

/** Whether a value is the marker for one that is known only after apply. */
export function isUnknown(value: Json | undefined): boolean {
  return value === UNKNOWN;
}
