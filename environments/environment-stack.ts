import { AzureadProvider } from "@cdktf/provider-azuread/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { GcsBackend, LocalBackend, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { GoogleApis, type PurposeServiceAccount } from "../constructs/access";
import {
  type BrokerClient,
  EntraFederationApplications,
  EntraLoginApplication,
  TokenBroker,
} from "../constructs/broker";
import { EntraWorkforce } from "../constructs/federation";
import { PeopleGateway } from "../constructs/gateway";
import { declareApplyTimeVariables } from "./apply-time-variables";
import { declareCi } from "./ci";
import { declareHandlerImages } from "./handler-images";
import { declareIssuers } from "./issuers";
import { declareObservability } from "./observability";
import type { Environment } from "./schema";
import { declareWorkloadAccounts, objectIdOf } from "./workload-accounts";

/** All of one environment, under its name: `cdktf deploy dev` deploys `dev`. */
export class EnvironmentStack extends TerraformStack {
  /**
   * @param stateDirectory folder of the local disk for Terraform's state, whatever the environment says
   * @param preventDestroy whether Terraform and Google refuse to destroy what cannot be made again as it was
   * @throws PropertyError for what the environment's schema cannot tell and a construct refuses
   */
  constructor(
    scope: Construct,
    environment: Environment,
    stateDirectory?: string,
    preventDestroy = environment.name === "prod",
  ) {
    super(scope, environment.name);
    const { id: projectId, number: projectNumber, region } = environment.project;
    const { tenantId } = environment.entra;
    this.#keepState(environment, stateDirectory);
    this.#declareProviders(environment);
    const variables = declareApplyTimeVariables(this);
    const apis = new GoogleApis(this, "apis", projectId);

    const applications = new EntraFederationApplications(this, "entra-federation", {
      environment: environment.name,
      certificatePem: variables.tokenBrokerCertificatePem,
    });
    const placement = {
      projectId,
      environment: environment.name,
      generation: environment.generation,
      preventDestroy,
    };
    const issuers = declareIssuers(this, environment, placement, applications);
    const workforce = this.#declareWorkforce(environment, preventDestroy);
    const accounts = declareWorkloadAccounts(this, environment, issuers, workforce);
    const images = declareHandlerImages(this, environment, preventDestroy);

    const { deniedRanges, deniedRegions } = environment.gateway.protection;
    const gateway = new PeopleGateway(this, "gateway", {
      projectId,
      projectNumber,
      region,
      domain: environment.gateway.domain,
      generation: environment.generation,
      workforcePool: workforce,
      entraTenantId: tenantId,
      groupNames: Object.fromEntries(Object.entries(environment.groups).map(([name, objectId]) => [objectId, name])),
      apps: environment.gateway.apps.map((app) => ({
        ...app,
        groups: app.groups.map((group) => objectIdOf(environment, group)),
      })),
      protection: {
        blocksAttacks: environment.gateway.protection.blocksAttacks,
        requestsPerMinute: environment.gateway.protection.requestsPerMinute,
        ...(deniedRanges !== undefined && { deniedRanges }),
        ...(deniedRegions !== undefined && { deniedRegions }),
      },
      ...(environment.gateway.database && { database: environment.gateway.database }),
      ...images.iapApp,
      deletionProtection: preventDestroy,
      dependsOn: [apis.enabled("iap.googleapis.com")],
    });
    const broker = new TokenBroker(this, "broker", {
      environment: environment.name,
      projectId,
      projectNumber,
      region,
      domain: environment.gateway.machineDomain,
      ...images.tokenBroker,
      trustAnchorPem: variables.machineTrustAnchorPem,
      entra: { tenantId, clientId: applications.brokerClientId, resourceClientId: applications.resourceClientId },
      secrets: {
        key: environment.broker.certificate.keySecret,
        certificate: environment.broker.certificate.certificateSecret,
      },
      audience: issuers.broker.audience,
      clients: brokerClients(environment, accounts),
      preventDestroy,
    });

    declareCi(this, environment, placement);
    declareObservability(this, environment);

    this.#output("people_address", "Address that the people's domain points at", gateway.ipAddress);
    this.#output(
      "gcloud_login_configuration",
      "File for gcloud auth login --login-config",
      workforce.loginConfiguration,
    );
    this.#output("console_sign_in", "Where people sign in to the console", workforce.consoleUrl);
    this.#output("machine_address", "Address that the machines' domain points at", broker.ipAddress);
    for (const [name, issuer] of Object.entries({
      github: issuers.github,
      google_workspace: issuers.googleWorkspace,
      aws: issuers.aws,
      kubernetes: issuers.kubernetes,
      entra: issuers.broker,
    })) {
      if (issuer) this.#output(`${name}_audience`, `What a token of ${name} is exchanged for`, issuer.audience);
    }
  }

  /**
   * cdktf resolves the whole stack once more before it writes it, only to find references to other stacks. There are
   * none: environments share nothing, and a test holds that.
   */
  override prepareStack(): void {
    this.ensureBackendExists();
  }

  /** State of each environment lies apart. The relative path starts from cdktf.out/stacks/STACK, where Terraform runs. */
  #keepState({ name, state }: Environment, stateDirectory: string | undefined): void {
    if (stateDirectory !== undefined) new LocalBackend(this, { path: `${stateDirectory}/${name}.tfstate` });
    else if (state === "local") new LocalBackend(this, { path: `../../../.keyless/state/${name}.tfstate` });
    else new GcsBackend(this, { bucket: state.bucket, prefix: `keyless/${name}` });
    // terraform_data. Terraform checks this itself, where cdktf would run `terraform version` at synthesis.
    this.addOverride("terraform.required_version", ">= 1.4");
  }

  #declareProviders({ project, entra }: Environment): void {
    new GoogleProvider(this, "google", {
      project: project.id,
      region: project.region,
      // Workforce pools belong to the organization; without this their requests have no project to count against.
      billingProject: project.id,
      userProjectOverride: true,
    });
    new AzureadProvider(this, "azuread", { tenantId: entra.tenantId });
  }

  #declareWorkforce(environment: Environment, preventDestroy: boolean): EntraWorkforce {
    const { poolId, sessionSeconds } = environment.workforce;
    const providerId = `entra-${environment.generation}`;
    const used = [
      ...environment.gateway.apps.flatMap((app) => app.groups),
      ...Object.values(environment.workloads).flatMap((workload) => workload.becomes.workforceGroups),
    ];
    const login = new EntraLoginApplication(this, "entra-login", {
      environment: environment.name,
      workforcePoolId: poolId,
      workforceProviderId: providerId,
      groups: Object.fromEntries(used.map((group) => [group, objectIdOf(environment, group)])),
    });
    return new EntraWorkforce(this, "workforce", {
      organizationId: environment.organizationId,
      poolId,
      providerId,
      displayName: `People, ${environment.name}`,
      sessionSeconds,
      tenantId: environment.entra.tenantId,
      clientId: login.clientId,
      clientSecret: login.clientSecret,
      preventDestroy,
    });
  }

  #output(name: string, description: string, value: string): void {
    new TerraformOutput(this, name, { value, description, staticId: true });
  }
}

/** The policy of the environment with accounts in place of workloads. */
function brokerClients(
  environment: Environment,
  accounts: ReadonlyMap<string, PurposeServiceAccount>,
): readonly BrokerClient[] {
  return environment.broker.clients.map(({ name, match, workloads, scopes, lifetimeSeconds }) => ({
    name,
    match,
    grants: workloads.flatMap((key) => {
      const account = accounts.get(key);
      return account === undefined ? [] : [{ account: account.email, scopes, lifetimeSeconds }];
    }),
  }));
}
