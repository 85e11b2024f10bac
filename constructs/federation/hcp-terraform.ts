import type { Construct } from "constructs";
import { hcpTerraformClaims } from "../../facts/issuer-claims";
import { hcpTerraformIssuer } from "../../facts/issuers";
import { allOf } from "./condition";
import { documentedClaims } from "./documented-claims";
import type { Principal } from "./principal";
import { placeOf, requireForm } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** Names of organizations, projects and workspaces are left out, and `sub`, which holds them: they can be changed. */
const claims = documentedClaims(hcpTerraformClaims);

export interface HcpTerraformProps extends PoolPlacement {
  /** `org-…` */
  readonly organizationId: string;
  /** `ws-…` */
  readonly workspaceId: string;
  /** `prj-…`, where the workspace must not be moved to another project. */
  readonly terraformProjectId?: string | undefined;
}

/**
 * Runs of one HCP Terraform workspace. Its plans and its applies are two principals: a plan runs for everybody who may queue one,
 * and so must not become who deploys.
 * Source: developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens.
 */
export class HcpTerraform extends WorkloadIdentityPool<"workspace_id" | "run_phase"> {
  readonly plans: Principal;
  readonly applies: Principal;

  /** @throws PropertyError when an id has not the form of HCP Terraform's */
  constructor(scope: Construct, id: string, props: HcpTerraformProps) {
    const place = placeOf(scope, id);
    const idOf = (prefix: string, name: string, value: string) =>
      requireForm(place, name, value, new RegExp(`^${prefix}-[A-Za-z0-9]{8,60}$`), `expected ${prefix}-…`);
    const workspaceId = idOf("ws", "workspaceId", props.workspaceId);
    const { terraformProjectId } = props;
    super(scope, id, {
      ...props,
      issuer: "hcp",
      displayName: `HCP Terraform, ${props.environment}`,
      mapping: {
        subject: `${claims.terraform_workspace_id.expression} + ':' + ${claims.terraform_run_phase.expression}`,
        attributes: {
          workspace_id: claims.terraform_workspace_id.expression,
          run_phase: claims.terraform_run_phase.expression,
        },
      },
      condition: allOf(
        claims.terraform_organization_id.is(idOf("org", "organizationId", props.organizationId)),
        claims.terraform_workspace_id.is(workspaceId),
        ...(terraformProjectId === undefined
          ? []
          : [claims.terraform_project_id.is(idOf("prj", "terraformProjectId", terraformProjectId))]),
        claims.terraform_run_phase.isOneOf(["plan", "apply"]),
      ),
      credential: { oidc: { issuerUri: hcpTerraformIssuer } },
    });
    this.plans = this.subject(`${workspaceId}:plan`);
    this.applies = this.subject(`${workspaceId}:apply`);
  }
}
