import type { ResourceRules } from "../rules/resource-rules";
import type { BlockSchema } from "../schema";

/** A resource type that the twin can apply. */
export interface ResourceKind {
  /** `google_service_account`. */
  readonly type: string;
  readonly schema: BlockSchema;
  readonly rules: ResourceRules;
}
