import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member";
import { Construct } from "constructs";
import { serviceAccountIdPattern } from "../../facts/federation-limits";
import type { Principal } from "../federation/principal";
import { requireProperty } from "../federation/property-error";

export interface PurposeServiceAccountProps {
  /** 6 to 30 of a-z, 0-9 and -, a letter first. */
  readonly accountId: string;
  /** What the account is for; its display name, 1 to 100 characters. */
  readonly purpose: string;
  readonly projectId: string;
}

/** A service account of one environment and one purpose. It has no key; others become it or a Cloud Run service runs as it. */
export class PurposeServiceAccount extends Construct {
  /** `ACCOUNT@PROJECT.iam.gserviceaccount.com` */
  readonly email: string;
  /** `serviceAccount:EMAIL` */
  readonly member: string;
  /** `projects/PROJECT/serviceAccounts/EMAIL` */
  readonly name: string;
  /** 21 digits; `sub` of the account's ID tokens, and never given to another account. */
  readonly uniqueId: string;

  /** @throws PropertyError when the account id or the purpose is outside Google's limits */
  constructor(scope: Construct, id: string, props: PurposeServiceAccountProps) {
    super(scope, id);
    const { accountId, purpose } = props;
    const idRule = "expected 6 to 30 of a-z, 0-9 and -, a letter first, no - last";
    requireProperty(this, "accountId", accountId, serviceAccountIdPattern.test(accountId), idRule);
    const purposeFits = purpose.length >= 1 && purpose.length <= 100;
    requireProperty(this, "purpose", purpose, purposeFits, "expected 1 to 100 characters");
    const account = new ServiceAccount(this, "account", {
      project: props.projectId,
      accountId,
      displayName: purpose,
    });
    this.email = account.email;
    this.member = account.member;
    this.name = account.name;
    this.uniqueId = account.uniqueId;
  }

  /**
   * Lets the principal get tokens of this account. The binding sits on the account, not on the project, where it would
   * reach every account; the role cannot sign blobs or JWTs, as Token Creator could.
   *
   * @param id names the binding in the construct tree, and so its address in Terraform's state
   */
  grantBecome(principal: Principal, id: string): void {
    new ServiceAccountIamMember(this, id, {
      serviceAccountId: this.name,
      role: "roles/iam.workloadIdentityUser",
      member: principal.member,
    });
  }
}
