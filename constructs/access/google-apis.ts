import { ProjectService } from "@cdktf/provider-google/lib/project-service";
import { Aspects, dependable, type IAspect, TerraformResource } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import { requireProjectId } from "../federation/project-id";

/** The API that manages a resource, by the beginning of the resource's type. */
const apiOfResource: readonly (readonly [prefix: string, api: string])[] = [
  ["google_access_context_manager_", "accesscontextmanager.googleapis.com"],
  ["google_artifact_registry_", "artifactregistry.googleapis.com"],
  ["google_bigquery_", "bigquery.googleapis.com"],
  ["google_certificate_manager_", "certificatemanager.googleapis.com"],
  ["google_cloud_run_", "run.googleapis.com"],
  ["google_cloud_quotas_", "cloudquotas.googleapis.com"],
  ["google_compute_", "compute.googleapis.com"],
  ["google_iam_", "iam.googleapis.com"],
  ["google_iap_", "iap.googleapis.com"],
  ["google_logging_", "logging.googleapis.com"],
  ["google_monitoring_", "monitoring.googleapis.com"],
  ["google_network_security_", "networksecurity.googleapis.com"],
  ["google_org_policy_", "orgpolicy.googleapis.com"],
  ["google_organization_iam_", "cloudresourcemanager.googleapis.com"],
  ["google_privileged_access_manager_", "privilegedaccessmanager.googleapis.com"],
  ["google_project_iam_", "cloudresourcemanager.googleapis.com"],
  ["google_secret_manager_", "secretmanager.googleapis.com"],
  ["google_service_account", "iam.googleapis.com"],
  ["google_service_networking_", "servicenetworking.googleapis.com"],
  ["google_sql_", "sqladmin.googleapis.com"],
];

/** APIs that no resource belongs to, and that tokens are exchanged and accounts are impersonated through. */
const alwaysEnabled = ["sts.googleapis.com", "iamcredentials.googleapis.com"];

/** APIs that only the organization's own stack needs. */
const ofOrganization = ["accesscontextmanager.googleapis.com", "orgpolicy.googleapis.com"];

/** What an environment needs. */
const ofEnvironment = [...apiOfResource.map(([, api]) => api), ...alwaysEnabled].filter(
  (api) => !ofOrganization.includes(api),
);

/** What the stack of an organization needs. */
export const organizationApis: readonly string[] = [
  ...ofOrganization,
  "cloudresourcemanager.googleapis.com",
  "iam.googleapis.com",
  "logging.googleapis.com",
  "monitoring.googleapis.com",
  "privilegedaccessmanager.googleapis.com",
];

/**
 * Enables the APIs of a project, and makes every Google resource of the stack wait for its own: on a fresh project one
 * deployment converges. Destroying a stack leaves the APIs enabled, as others may use them.
 */
export class GoogleApis extends Construct {
  readonly #services: ReadonlyMap<string, ProjectService>;

  /** @param apis to be enabled; what an environment needs unless given */
  constructor(scope: Construct, id: string, projectId: string, apis: readonly string[] = ofEnvironment) {
    super(scope, id);
    requireProjectId(this, projectId);
    this.#services = new Map(
      [...new Set(apis)].sort().map((service) => {
        const name = service.replace(".googleapis.com", "");
        return [service, new ProjectService(this, name, { project: projectId, service, disableOnDestroy: false })];
      }),
    );
    Aspects.of(scope).add(new WaitForApi(this));
  }

  /** What waits for an API, such as `iap.googleapis.com`, beyond the resources that belong to it. */
  enabled(api: string): ProjectService {
    const service = this.#services.get(api);
    if (service === undefined) throw new Error(`${this.node.path}: ${api} is none of the APIs that are enabled`);
    return service;
  }
}

class WaitForApi implements IAspect {
  constructor(readonly apis: GoogleApis) {}

  visit(node: IConstruct): void {
    if (!TerraformResource.isTerraformResource(node)) return;
    const type = node.terraformResourceType;
    if (!type.startsWith("google_") || type === "google_project_service") return;
    const api = apiOfResource.find(([prefix]) => type.startsWith(prefix))?.[1];
    if (api === undefined) throw new Error(`${node.node.path}: no API is known for ${type}`);
    node.dependsOn = [...(node.dependsOn ?? []), dependable(this.apis.enabled(api))];
  }
}
