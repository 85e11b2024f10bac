import { Construct } from "constructs";
import { Principal } from "../federation/principal";
import { requireFlag, requireProperty } from "../federation/property-error";
import type { Holder } from "./holder";
import { type IamCondition, type TimeWindow, timeCondition } from "./time-window";

export interface DirectAccessProps {
  readonly principal: Principal;
  /** When access is open; on every binding. */
  readonly window?: TimeWindow | undefined;
  /** Set in an emergency: every binding goes. Tokens in hand lose their rights as fast as IAM changes spread. */
  readonly killSwitch?: boolean | undefined;
}

/**
 * A federated identity that gets roles itself, without a service account between: one hop less, and the audit log names it. Only
 * for services that take it; others refuse at synthesis and name what to do instead.
 */
export class DirectAccess extends Construct implements Holder {
  readonly member: string;
  readonly kind: "workload" | "workforce";
  readonly condition: IamCondition | undefined;
  readonly cutOff: boolean;

  /** @throws PropertyError for a window that would never or always be open */
  constructor(scope: Construct, id: string, props: DirectAccessProps) {
    super(scope, id);
    const { principal, window } = props;
    const isPrincipal = principal instanceof Principal;
    requireProperty(this, "principal", String(principal), isPrincipal, "expected a principal that a pool has made");
    this.member = principal.member;
    this.kind = principal.pool;
    this.condition = window === undefined ? undefined : timeCondition(this, "window", window);
    this.cutOff = requireFlag(this, "killSwitch", props.killSwitch);
  }
}
