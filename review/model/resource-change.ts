import type { AttributeChange } from "./attribute-changes";
import type { ShownObject } from "./shown-value";

/**
 * What happens to one object. `move` and `import` are those that change nothing else; an update of an object that also moves
 * or is imported is an `update` with `previousAddress` or `importId`.
 */
export type ChangeAction = "create" | "update" | "delete" | "replace" | "no-op" | "move" | "import" | "forget" | "read";

export type ReplaceOrder = "delete first" | "create first" | "old one kept";

/** An object of a stack and what a plan does, or the world did, to it. Holds nothing that may not be shown. */
export interface ResourceChange {
  readonly stack: string;
  /** Terraform address, with instance key. */
  readonly address: string;
  readonly previousAddress?: string;
  readonly type: string;
  readonly mode: string;
  /** Key of a deposed object: one that a replacement left behind. */
  readonly deposed?: string;
  /** Path in the construct tree, `prod/aws/pool`. */
  readonly constructPath?: string;
  readonly action: ChangeAction;
  readonly replaceOrder?: ReplaceOrder;
  /** Why Terraform chose the action, in words. */
  readonly reason?: string;
  readonly importId?: string;
  readonly attributes: readonly AttributeChange[];
  readonly before?: ShownObject;
  readonly after?: ShownObject;
}

/** Whether the object in the cloud, or what Terraform knows of it, changes. Reading data does neither. */
export const isChange = ({ action }: ResourceChange): boolean => action !== "no-op" && action !== "read";

export const isDestructive = ({ action }: ResourceChange): boolean => action === "delete" || action === "replace";

/** The name a person knows the resource by: construct path, else address. */
export const labelOf = ({
  constructPath,
  address,
}: {
  readonly constructPath?: string;
  readonly address: string;
}): string => constructPath ?? address;
