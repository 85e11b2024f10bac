import { OrgPolicyPolicy } from "@cdktf/provider-google/lib/org-policy-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { organizationIdPattern, projectNumberPattern } from "../../facts/names";
import type { Constraint } from "../../facts/organization-policy";
import { requireProperty, requireSome } from "../federation/property-error";

/** What a constraint demands. */
export type ConstraintRule =
  /** A boolean constraint that is on. */
  | { readonly kind: "enforced" }
  /** A boolean constraint that is off here, whatever is above says. */
  | { readonly kind: "exempt" }
  /** A managed constraint that is on, with its parameters. */
  | { readonly kind: "parameters"; readonly parameters: Readonly<Record<string, readonly string[]>> }
  /** A list constraint: these values and no other. */
  | { readonly kind: "only"; readonly values: readonly string[] }
  /** A list constraint: no value at all. */
  | { readonly kind: "none" };

export interface OrganizationPolicyProps {
  /** `organizations/NUMBER`, `folders/NUMBER` or `projects/NUMBER`. */
  readonly parent: string;
  /** Without `constraints/`; `custom.NAME` for one of the organization's own. */
  readonly constraint: Constraint | `custom.${string}`;
  readonly rule: ConstraintRule;
  /** Whether a breach is only logged. */
  readonly dryRun?: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * One organization policy. It replaces what the parent's parent says, so that what is enforced stands in one place.
 * Source: cloud.google.com/resource-manager/docs/organization-policy/overview.
 *
 * @throws PropertyError for a parent out of form or an empty list of what is allowed: Google takes that one for "nothing",
 * and the next change of any resource under it is refused
 */
export class OrganizationPolicy extends Construct {
  readonly policy: OrgPolicyPolicy;

  constructor(scope: Construct, id: string, props: OrganizationPolicyProps) {
    super(scope, id);
    const { parent, constraint, rule, dryRun = false } = props;
    const [kind = "", number = ""] = parent.split("/");
    const isParent = ["organizations", "folders"].includes(kind)
      ? organizationIdPattern.test(number)
      : kind === "projects" && projectNumberPattern.test(number);
    const form = "expected organizations/NUMBER, folders/NUMBER or projects/NUMBER";
    requireProperty(this, "parent", parent, isParent && parent.split("/").length === 2, form);
    const spec = { inheritFromParent: false, rules: [this.#rule(rule)] };
    this.policy = new OrgPolicyPolicy(this, "policy", {
      name: `${parent}/policies/${constraint}`,
      parent,
      ...(dryRun ? { dryRunSpec: spec } : { spec }),
      ...(props.dependsOn !== undefined && { dependsOn: [...props.dependsOn] }),
    });
  }

  /** The provider takes these flags as text, "TRUE"; a boolean would be refused. */
  #rule(rule: ConstraintRule) {
    switch (rule.kind) {
      case "enforced":
        return { enforce: "TRUE" };
      case "exempt":
        return { enforce: "FALSE" };
      case "parameters":
        return { enforce: "TRUE", parameters: JSON.stringify(rule.parameters) };
      case "only":
        return { values: { allowedValues: [...requireSome(this, "rule.values", rule.values)] } };
      case "none":
        return { denyAll: "TRUE" };
    }
  }
}
