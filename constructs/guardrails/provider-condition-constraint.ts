import { OrgPolicyCustomConstraint } from "@cdktf/provider-google/lib/org-policy-custom-constraint";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { organizationIdPattern } from "../../facts/names";
import { workloadProviderResourceType } from "../../facts/organization-policy";
import { requireForm } from "../federation/property-error";
import { OrganizationPolicy } from "./organization-policy";

export interface ProviderConditionConstraintProps {
  readonly organizationId: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * A custom constraint that refuses workload identity providers without an attribute condition, whoever makes them: such
 * a provider admits everyone whom its issuer knows.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-custom-constraints.
 *
 * @throws PropertyError for an organization out of form
 */
export class ProviderConditionConstraint extends Construct {
  constructor(scope: Construct, id: string, { organizationId, dependsOn }: ProviderConditionConstraintProps) {
    super(scope, id);
    const numeric = "expected the organization's number";
    requireForm(this, "organizationId", organizationId, organizationIdPattern, numeric);
    const parent = `organizations/${organizationId}`;
    const constraint = new OrgPolicyCustomConstraint(this, "constraint", {
      name: "custom.workloadProviderHasCondition",
      parent,
      displayName: "Workload identity providers have an attribute condition",
      description:
        "A provider without a condition, or with one that always holds, admits everyone whom its issuer knows.",
      resourceTypes: [workloadProviderResourceType],
      methodTypes: ["CREATE", "UPDATE"],
      actionType: "DENY",
      condition: 'resource.attributeCondition == "" || resource.attributeCondition == "true"',
      ...(dependsOn !== undefined && { dependsOn: [...dependsOn] }),
    });
    new OrganizationPolicy(this, "enforced", {
      parent,
      constraint: "custom.workloadProviderHasCondition",
      rule: { kind: "enforced" },
      dependsOn: [constraint],
    });
  }
}
