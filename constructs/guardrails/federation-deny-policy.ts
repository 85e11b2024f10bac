import { IamDenyPolicy } from "@cdktf/provider-google/lib/iam-deny-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { emailPattern, organizationIdPattern, projectIdPattern } from "../../facts/names";
import { requireProperty } from "../federation/property-error";

export interface FederationDenyPolicyProps {
  /** `organizations/NUMBER` or `projects/ID`. */
  readonly parent: string;
  /** E-mails of the accounts that deploy: they alone change federation. */
  readonly deployers: readonly string[];
  /** Further principals that may, in an emergency: `principalSet://goog/group/EMAIL`, or of a workforce group. */
  readonly breakGlass?: readonly string[];
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** What makes a key or a secret that signs: denied to everybody, deployers too. */
const neverPermitted = ["iam.googleapis.com/serviceAccountKeys.create"];

/** What decides who is let in. */
const deployersOnly = [
  "iam.googleapis.com/workloadIdentityPools.create",
  "iam.googleapis.com/workloadIdentityPools.delete",
  "iam.googleapis.com/workloadIdentityPools.update",
  "iam.googleapis.com/workloadIdentityPools.undelete",
  "iam.googleapis.com/workloadIdentityPoolProviders.create",
  "iam.googleapis.com/workloadIdentityPoolProviders.delete",
  "iam.googleapis.com/workloadIdentityPoolProviders.update",
  "iam.googleapis.com/workloadIdentityPoolProviders.undelete",
  "iam.googleapis.com/serviceAccounts.setIamPolicy",
];

const everyone = "principalSet://goog/public:all";
const breakGlassPattern =
  /^(principalSet:\/\/goog\/group\/[A-Za-z0-9._%+-]+@[a-z0-9.-]+|principal:\/\/goog\/subject\/[A-Za-z0-9._%+-]+@[a-z0-9.-]+|principalSet:\/\/iam\.googleapis\.com\/locations\/global\/workforcePools\/[a-z0-9-]{6,63}\/group\/[0-9A-Za-z-]{1,64})$/;

/**
 * Denies changes of pools, providers and of who may become an account to everybody but those who deploy, and the making of
 * keys to everybody: a deny policy is decided before any role counts, an owner's as well.
 * Source: cloud.google.com/iam/docs/deny-overview.
 *
 * @throws PropertyError for a parent or principal out of form, and where nobody would be left who may deploy
 */
export class FederationDenyPolicy extends Construct {
  constructor(scope: Construct, id: string, props: FederationDenyPolicyProps) {
    super(scope, id);
    const { parent, deployers, breakGlass = [] } = props;
    const [kind, name = "", ...rest] = parent.split("/");
    const isParent =
      rest.length === 0 &&
      (kind === "organizations"
        ? organizationIdPattern.test(name)
        : kind === "projects" && projectIdPattern.test(name));
    requireProperty(this, "parent", parent, isParent, "expected organizations/NUMBER or projects/ID");
    const somebody = "expected at least one account that deploys: nobody else could lift the policy by a deployment";
    requireProperty(this, "deployers", "[]", deployers.length > 0, somebody);
    for (const email of deployers)
      requireProperty(this, "deployers", email, emailPattern.test(email), "expected the e-mail of a service account");
    for (const principal of breakGlass) {
      const rule = "expected a group or a person, in the form of deny policies";
      requireProperty(this, "breakGlass", principal, breakGlassPattern.test(principal), rule);
    }

    new IamDenyPolicy(this, "policy", {
      // The API wants the attachment point as one segment of a path.
      parent: encodeURIComponent(`cloudresourcemanager.googleapis.com/${parent}`),
      name: "keyless-federation",
      displayName: "Federation changes by deployments only",
      rules: [
        {
          description: "No service account key",
          denyRule: { deniedPrincipals: [everyone], deniedPermissions: neverPermitted },
        },
        {
          description: "Who is let in changes by deployments only",
          denyRule: {
            deniedPrincipals: [everyone],
            exceptionPrincipals: [
              ...deployers.map((email) => `principal://iam.googleapis.com/projects/-/serviceAccounts/${email}`),
              ...breakGlass,
            ],
            deniedPermissions: deployersOnly,
          },
        },
      ],
      ...(props.dependsOn !== undefined && { dependsOn: [...props.dependsOn] }),
    });
  }
}
