import { hcpTerraformIssuer } from "../../facts/issuers";
import { createOidcIssuer, type OidcIssuer } from "./oidc-issuer";

/** A run of a workspace. */
export interface TerraformRun {
  readonly organization: { readonly id: string; readonly name: string };
  readonly project: { readonly id: string; readonly name: string };
  readonly workspace: { readonly id: string; readonly name: string };
  readonly phase: "plan" | "apply";
}

/** HCP Terraform's token service. Source: developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens. */
export function createHcpTerraformIssuer(): OidcIssuer & {
  runToken(run: TerraformRun, audience: string): Promise<string>;
} {
  const hcp = createOidcIssuer(hcpTerraformIssuer, { jwksPath: "/.well-known/jwks" });
  return { ...hcp, runToken: (run, audience) => hcp.tokenFor(claimsOf(run), audience) };
}

function claimsOf({ organization, project, workspace, phase }: TerraformRun): Readonly<Record<string, unknown>> {
  return {
    sub: `organization:${organization.name}:project:${project.name}:workspace:${workspace.name}:run_phase:${phase}`,
    terraform_organization_id: organization.id,
    terraform_organization_name: organization.name,
    terraform_project_id: project.id,
    terraform_project_name: project.name,
    terraform_workspace_id: workspace.id,
    terraform_workspace_name: workspace.name,
    terraform_run_id: "run-1234567890abcdef",
    terraform_run_phase: phase,
    terraform_full_workspace: `organization:${organization.name}:project:${project.name}:workspace:${workspace.name}`,
  };
}
