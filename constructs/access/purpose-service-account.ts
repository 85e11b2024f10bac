import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import { Construct } from "constructs";
import { serviceAccountIdPattern } from "../../facts/federation-limits";
import { Principal } from "../federation/principal";
import { requireProjectId } from "../federation/project-id";
import { requireFlag, requireForm, requireProperty } from "../federation/property-error";
import { requirePlainText } from "../federation/property-text";
import { conditionOf, type Holder } from "./holder";
import { type IamCondition, type TimeWindow, timeCondition } from "./time-window";

export interface PurposeServiceAccountProps {
  /** 6 to 30 of a-z, 0-9 and -, a letter first. */
  readonly accountId: string;
  /** What the account is for; its display name, 1 to 100 characters. */
  readonly purpose: string;
  readonly projectId: string;
  /**
   * When the account may be become, and when its roles hold: on all its bindings alike, as a token that was minted inside the window
   * would else work on after it.
   */
  readonly window?: TimeWindow | undefined;
  /**
   * Set in an emergency: the account is disabled, so that its tokens stop, and nobody may become it or has its roles any more. Disabling
   * a provider would leave tokens alive.
   */
  readonly killSwitch?: boolean | undefined;
}

/** A service account of one environment and one purpose. It has no key; others become it or a Cloud Run service runs as it. */
export class PurposeServiceAccount extends Construct implements Holder {
  readonly kind = "service-account";
  /** `ACCOUNT` */
  readonly accountId: string;
  /** `ACCOUNT@PROJECT.iam.gserviceaccount.com` */
  readonly email: string;
  /** `serviceAccount:EMAIL` */
  readonly member: string;
  /** `projects/PROJECT/serviceAccounts/EMAIL` */
  readonly name: string;
  /** 21 digits; `sub` of the account's ID tokens, and never given to another account. */
  readonly uniqueId: string;
  readonly condition: IamCondition | undefined;
  readonly cutOff: boolean;
  readonly #becomers: string[] = [];

  /** @throws PropertyError when the account id or the purpose is outside Google's limits, or the window never or always open */
  constructor(scope: Construct, id: string, props: PurposeServiceAccountProps) {
    super(scope, id);
    const { accountId, purpose, window } = props;
    const idRule = "expected 6 to 30 of a-z, 0-9 and -, a letter first, no - last";
    requireForm(this, "accountId", accountId, serviceAccountIdPattern, idRule);
    requirePlainText(this, "purpose", purpose, 100);
    this.condition = window === undefined ? undefined : timeCondition(this, "window", window);
    this.cutOff = requireFlag(this, "killSwitch", props.killSwitch);
    const account = new ServiceAccount(this, "account", {
      project: requireProjectId(this, props.projectId),
      accountId,
      displayName: purpose,
      ...(this.cutOff && { disabled: true }),
    });
    this.accountId = accountId;
    this.email = account.email;
    this.member = account.member;
    this.name = account.name;
    this.uniqueId = account.uniqueId;
  }

  /** The members that may become it, as its bindings name them. */
  get becomers(): readonly string[] {
    return this.#becomers;
  }

  /**
   * Lets the principal get tokens of this account. The binding sits on the account, not on the project, where it would
   * reach every account; the role cannot sign blobs or JWTs, as Token Creator could.
   *
   * @param id names the binding in the construct tree, and so its address in Terraform's state
   * @throws PropertyError for what no pool has made
   */
  grantBecome(principal: Principal, id: string): void {
    const isPrincipal = principal instanceof Principal;
    requireProperty(this, "principal", String(principal), isPrincipal, "expected a principal that a pool has made");
    const isNew = !this.#becomers.includes(principal.member);
    requireProperty(this, "principal", principal.member, isNew, "it may become the account already: one binding each");
    if (this.cutOff) return;
    this.#becomers.push(principal.member);
    new ServiceAccountIamMember(this, id, {
      serviceAccountId: this.name,
      role: "roles/iam.workloadIdentityUser",
      member: principal.member,
      ...conditionOf(this),
    });
  }
}
