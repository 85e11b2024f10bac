import type { Construct } from "constructs";
import { type DirectAccessService, directAccess } from "../../facts/direct-access";
import { requireProperty } from "../federation/property-error";
import type { IamCondition } from "./time-window";

/**
 * Who gets roles on resources: a service account of one purpose, or a federated identity without one. Its bindings stand
 * below it in the construct tree and carry its time window.
 */
export interface Holder extends Construct {
  /** The `member` of an IAM binding. */
  readonly member: string;
  readonly kind: "service-account" | "workload" | "workforce";
  /** On every binding of the holder. */
  readonly condition: IamCondition | undefined;
  /** Whether the holder is cut off: nothing is bound. */
  readonly cutOff: boolean;
}

/** The `condition` of a binding's resource, left out where there is none. */
export function conditionOf({ condition }: Holder): { readonly condition?: IamCondition } {
  return condition === undefined ? {} : { condition };
}

/**
 * Refuses a federated identity where the service would answer it with 401, as if the token were wrong.
 *
 * @throws PropertyError, which names what to do instead
 */
export function requireSupport(holder: Holder, service: DirectAccessService): void {
  if (holder.kind === "service-account") return;
  const { [holder.kind]: supported, remark } = directAccess[service];
  const rule = `${service} takes no federated identity directly; ${remark}`;
  requireProperty(holder, "principal", holder.member, supported, rule);
}
