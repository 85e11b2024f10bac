import type { Construct } from "constructs";
import { awsClaims } from "../../facts/issuer-claims";
import { allOf } from "./condition";
import { documentedClaims } from "./documented-claims";
import type { Principal } from "./principal";
import { placeOf, requireForm } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** What AWS says of the caller that signed the request: sts:GetCallerIdentity. */
const claims = documentedClaims(awsClaims);

/** `arn:aws:sts::ACCOUNT:assumed-role/ROLE`, without the name of the session: as Google maps it by default. */
const roleOfArn =
  "assertion.arn.contains('assumed-role') ? " +
  "assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : " +
  "assertion.arn";

export interface AwsProps extends PoolPlacement {
  /** 12 digits. */
  readonly accountId: string;
  readonly roleName: string;
  /** The role's unique id, `AROA…`: with it a role of the same name that is made later is not admitted. */
  readonly roleId?: string | undefined;
}

/**
 * One role of one AWS account. google.subject is the role's unique id with the session: the ARN, which Google takes by default, is
 * too long where role and session have long names, and such sessions alone would be refused.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds.
 */
export class Aws extends WorkloadIdentityPool<"aws_role"> {
  /** All sessions of the role. */
  readonly role: Principal;

  /** @throws PropertyError when the account id, the role's name or its id has not AWS's form */
  constructor(scope: Construct, id: string, props: AwsProps) {
    const place = placeOf(scope, id);
    const form = (name: string, value: string, pattern: RegExp, rule: string) =>
      requireForm(place, name, value, pattern, rule);
    const accountId = form("accountId", props.accountId, /^[0-9]{12}$/, "expected 12 digits");
    // A slash would end the role's name in the ARN, and the name of a session would follow.
    const roleName = form("roleName", props.roleName, /^[\w+=,.@-]{1,64}$/, "expected a role name");
    const assumedRole = `arn:aws:sts::${accountId}:assumed-role/${roleName}`;
    const { roleId } = props;
    const roleIdRule = "expected a role's unique id: AROA and 12 to 17 capitals and digits";
    super(scope, id, {
      ...props,
      issuer: "aws",
      displayName: `AWS, ${props.environment}`,
      mapping: { subject: claims.userid.expression, attributes: { aws_role: roleOfArn } },
      condition: allOf(
        claims.account.is(accountId),
        claims.arn.startsWith(`${assumedRole}/`),
        ...(roleId === undefined
          ? []
          : [claims.userid.startsWith(`${form("roleId", roleId, /^AROA[A-Z0-9]{12,17}$/, roleIdRule)}:`)]),
      ),
      credential: { aws: { accountId } },
    });
    this.role = this.attribute("aws_role", assumedRole);
  }
}
