import { IamPrincipalAccessBoundaryPolicy } from "@cdktf/provider-google/lib/iam-principal-access-boundary-policy";
import { IamProjectsPolicyBinding } from "@cdktf/provider-google/lib/iam-projects-policy-binding";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { organizationIdPattern, projectIdPattern, projectNumberPattern } from "../../facts/names";
import { projectPrincipalSet } from "../../facts/organization-policy";
import { requireForm } from "../federation/property-error";

export interface PrincipalAccessBoundaryProps {
  readonly organizationId: string;
  /** Name of the boundary, such as `dev`: 1 to 30 of a-z, 0-9 and -, a letter first. */
  readonly name: string;
  /** The project whose service accounts and workload identity pools are kept inside. */
  readonly project: { readonly id: string; readonly number: string };
  /** Further projects that they may reach, such as one with shared images. */
  readonly reachableProjectIds?: readonly string[];
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * Keeps the identities of a project, federated ones and service accounts, inside that project: whatever roles they are
 * given elsewhere, they cannot use them. A second fence against a binding that names the wrong account or project.
 * Source: cloud.google.com/iam/docs/principal-access-boundary-policies.
 *
 * @throws PropertyError for a name, organization or project out of its form
 */
export class PrincipalAccessBoundary extends Construct {
  constructor(scope: Construct, id: string, props: PrincipalAccessBoundaryProps) {
    super(scope, id);
    const { organizationId, name, project, reachableProjectIds = [] } = props;
    const numeric = "expected the organization's number";
    requireForm(this, "organizationId", organizationId, organizationIdPattern, numeric);
    requireForm(this, "name", name, /^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, "expected 1 to 30 of a-z, 0-9 and -");
    requireForm(this, "project.number", project.number, projectNumberPattern, "expected the project's number");
    for (const reachable of [project.id, ...reachableProjectIds])
      requireForm(this, "reachableProjectIds", reachable, projectIdPattern, "expected a project id");

    const policyId = `keyless-${name}`;
    const policy = new IamPrincipalAccessBoundaryPolicy(this, "policy", {
      organization: organizationId,
      location: "global",
      principalAccessBoundaryPolicyId: policyId,
      displayName: `Identities of ${name} stay in ${name}`,
      details: {
        // A number keeps what is blocked as it was reviewed; "latest" would block more one day.
        enforcementVersion: "1",
        rules: [
          {
            description: `Projects that identities of ${name} may reach`,
            effect: "ALLOW",
            resources: [project.id, ...reachableProjectIds].map(
              (reachable) => `//cloudresourcemanager.googleapis.com/projects/${reachable}`,
            ),
          },
        ],
      },
      ...(props.dependsOn !== undefined && { dependsOn: [...props.dependsOn] }),
    });
    new IamProjectsPolicyBinding(this, "binding", {
      project: project.id,
      location: "global",
      policyBindingId: policyId,
      policyKind: "PRINCIPAL_ACCESS_BOUNDARY",
      policy: `organizations/${organizationId}/locations/global/principalAccessBoundaryPolicies/${policy.principalAccessBoundaryPolicyId}`,
      displayName: `Identities of ${name}`,
      target: { principalSet: projectPrincipalSet(project.number) },
    });
  }
}
