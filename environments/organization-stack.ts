import { AccessContextManagerAccessPolicy } from "@cdktf/provider-google/lib/access-context-manager-access-policy";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { GcsBackend, LocalBackend, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { GoogleApis, organizationApis } from "../constructs/access";
import { requireProperty } from "../constructs/federation/property-error";
import {
  AccessLevel,
  AuditConfiguration,
  FederationDenyPolicy,
  OrganizationPolicies,
  PrincipalAccessBoundary,
  ProviderConditionConstraint,
  ServicePerimeter,
} from "../constructs/guardrails";
import { WorkforceSignIns } from "../constructs/observability";
import { iapServiceAgent } from "../facts/iap";
import { declareApproval } from "./approvals";
import { ciApplyAccount } from "./ci";
import { organizationStackName } from "./load-organization";
import type { Organization } from "./organization-schema";
import type { Environment } from "./schema";

/**
 * What belongs to the organization and so is declared once: `cdktf deploy organization`, before any environment. It
 * refers to the environments' projects by number only, so neither waits for the other.
 */
export class OrganizationStack extends TerraformStack {
  /**
   * @param environments whose projects are fenced in
   * @param stateDirectory folder of the local disk for Terraform's state, whatever the file says
   * @throws PropertyError for what the schema cannot tell and a construct refuses, and for an environment of another organization
   */
  constructor(
    scope: Construct,
    organization: Organization,
    environments: readonly Environment[],
    stateDirectory?: string,
  ) {
    super(scope, organizationStackName);
    const { id: organizationId, project } = organization;
    this.#keepState(organization, stateDirectory);
    new GoogleProvider(this, "google", {
      project: project.id,
      // Organization policies and access levels have no project of their own to be counted against.
      billingProject: project.id,
      userProjectOverride: true,
    });
    new GoogleApis(this, "apis", project.id, organizationApis);

    new OrganizationPolicies(this, "policies", {
      organizationId,
      allowedIssuers: organization.allowedIssuers,
      allowedAwsAccounts: organization.allowedAwsAccounts,
      allowUploadedKeys: organization.allowUploadedKeys,
      allowedCustomers: organization.allowedCustomers,
      // The token broker is called by machines that have no Google identity yet; it checks their certificates.
      projectsWithoutInvokers: environments.map((environment) => environment.project.number),
      allowedMembers: [
        ...environments.map((environment) => `serviceAccount:${iapServiceAgent(environment.project.number)}`),
        `serviceAccount:service-org-${organizationId}@gcp-sa-logging.iam.gserviceaccount.com`,
      ],
    });
    new ProviderConditionConstraint(this, "provider-condition", { organizationId });
    new AuditConfiguration(this, "audit", {
      of: { organizationId },
      services: { "sts.googleapis.com": ["ADMIN_READ"], "iam.googleapis.com": ["ADMIN_READ"] },
    });
    new WorkforceSignIns(this, "workforce-sign-ins", {
      organizationId,
      projectId: project.id,
      ...organization.signIns,
    });
    for (const environment of environments) {
      const rule = `expected ${organizationId}, the organization that fences it in`;
      const isOfIt = environment.organizationId === organizationId;
      requireProperty(this, `${environment.name}.organizationId`, environment.organizationId, isOfIt, rule);
      this.#fence(environment, organization);
      declareApproval(this, organizationId, environment);
    }
    this.#perimeter(organization, environments);
  }

  /** As with environments: no stack refers to another. */
  override prepareStack(): void {
    this.ensureBackendExists();
  }

  /** Keeps the identities of an environment's project inside it, and its federation to its deployments. */
  #fence(environment: Environment, organization: Organization): void {
    const { name, project } = environment;
    new PrincipalAccessBoundary(this, `boundary-${name}`, { organizationId: organization.id, name, project });
    const deployer = ciApplyAccount(environment);
    if (deployer === undefined) return;
    new FederationDenyPolicy(this, `deny-${name}`, {
      parent: `projects/${project.id}`,
      deployers: [deployer],
      breakGlass: [`principalSet://goog/group/${organization.breakGlassGroup}`],
    });
  }

  #perimeter({ id, perimeter }: Organization, environments: readonly Environment[]): void {
    const policy = new AccessContextManagerAccessPolicy(this, "access-policy", {
      parent: `organizations/${id}`,
      title: "Keyless",
    });
    const accessPolicy = `accessPolicies/${policy.name}`;
    const company = new AccessLevel(this, "company-network", {
      accessPolicy,
      name: "company_network",
      title: "From the company's network",
      addressRanges: perimeter.addressRanges,
    });
    const restricted = new ServicePerimeter(this, "service-perimeter", {
      accessPolicy,
      name: "keyless_environments",
      title: "Keyless environments",
      enforced: perimeter.enforced,
      projectNumbers: environments.map(({ project }) => project.number),
      // Not iamcredentials: who becomes an account calls from anywhere, and no rule can name a set of identities.
      restrictedServices: ["bigquery.googleapis.com", "secretmanager.googleapis.com", "sts.googleapis.com"],
      ingress: environments.map(({ name, project, workloads }) => ({
        title: `Workloads of ${name}`,
        identities: Object.values(workloads).map(
          ({ account }) => `serviceAccount:${account}@${project.id}.iam.gserviceaccount.com`,
        ),
        accessLevels: [company.name],
        projectNumbers: [project.number],
        services: ["bigquery.googleapis.com"],
      })),
    });
    new TerraformOutput(this, "perimeter", {
      value: restricted.perimeter.name,
      description: "Service perimeter around the environments",
      staticId: true,
    });
  }

  #keepState({ state }: Organization, stateDirectory: string | undefined): void {
    const name = organizationStackName;
    if (stateDirectory !== undefined) new LocalBackend(this, { path: `${stateDirectory}/${name}.tfstate` });
    else if (state === "local") new LocalBackend(this, { path: `../../../.keyless/state/${name}.tfstate` });
    else new GcsBackend(this, { bucket: state.bucket, prefix: `keyless/${name}` });
    this.addOverride("terraform.required_version", ">= 1.4");
  }
}
