import type { Construct } from "constructs";
import { allOf, claimsOf } from "./condition";
import type { Principal } from "./principal";
import { requireForm } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** What AWS says of the caller that signed the request: sts:GetCallerIdentity. */
const claims = claimsOf({ account: "identity", arn: "text" });

/** `arn:aws:sts::ACCOUNT:assumed-role/ROLE`, without the name of the session: as Google maps it by default. */
const roleOfArn =
  "assertion.arn.contains('assumed-role') ? " +
  "assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : " +
  "assertion.arn";

export interface AwsProps extends PoolPlacement {
  /** 12 digits. */
  readonly accountId: string;
  readonly roleName: string;
}

/**
 * One role of one AWS account.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds.
 */
export class Aws extends WorkloadIdentityPool<"aws_role"> {
  /** All sessions of the role. */
  readonly role: Principal;

  /** @throws PropertyError when the account id or the role name has not AWS's form */
  constructor(scope: Construct, id: string, props: AwsProps) {
    const accountId = requireForm(scope, "accountId", props.accountId, /^[0-9]{12}$/, "expected 12 digits");
    // A slash would end the role's name in the ARN, and the name of a session would follow.
    const roleName = requireForm(scope, "roleName", props.roleName, /^[\w+=,.@-]{1,64}$/, "expected a role name");
    const assumedRole = `arn:aws:sts::${accountId}:assumed-role/${roleName}`;
    super(scope, id, {
      ...props,
      issuer: "aws",
      displayName: `AWS, ${props.environment}`,
      mapping: { subject: claims.arn.expression, attributes: { aws_role: roleOfArn } },
      condition: allOf(claims.account.is(accountId), claims.arn.startsWith(`${assumedRole}/`)),
      credential: { aws: { accountId } },
    });
    this.role = this.attribute("aws_role", assumedRole);
  }
}
