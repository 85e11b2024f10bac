import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { workforcePoolIdPattern } from "../../facts/federation-limits";
import { DeployStep } from "../delivery";
import { requireProperty } from "../federation/property-error";
import { CloudArmor } from "../guardrails/cloud-armor";
import { AppDatabases } from "./database/app-databases";
import type { DatabaseSize } from "./database/rows-instance";
import { EntraDirectoryReader } from "./entra-directory-reader";
import { GatewayApp, type WorkforcePoolReference } from "./gateway-app";
import { checkGatewayApp, type GatewayAppDefinition } from "./gateway-app-definition";
import { HostUrlMap } from "./host-url-map";
import { HttpRedirect } from "./http-redirect";
import { HttpsFront } from "./https-front";
import { IapOauthClient } from "./iap-oauth-client";
import { projectNumberPattern, projectNumberRule, requireDistinct, requireMatch, waitingFor } from "./property-rules";

/** Rules in front of every backend, in the order in which they are evaluated. */
export interface GatewayProtection {
  readonly deniedRanges?: readonly string[];
  /** ISO 3166-1 alpha-2 codes. */
  readonly deniedRegions?: readonly string[];
  /** Whether requests that look like attacks are refused, and not only logged. Default false: read the log first. */
  readonly blocksAttacks?: boolean;
  /** Of one client address. Default 1200. */
  readonly requestsPerMinute?: number;
}

export interface PeopleGatewayProps {
  readonly projectId: string;
  readonly projectNumber: string;
  readonly region: string;
  readonly domain: string;
  /** Two digits; suffix of the ids that Google keeps for 30 days after deletion. */
  readonly generation: string;
  /** A pool with exactly one provider, which maps google.email: IAP cannot choose among several. */
  readonly workforcePool: WorkforcePoolReference;
  /** Tenant whose directory tells people's groups; needed where an app reads it. */
  readonly entraTenantId?: string;
  /** Names of groups by object id: what pages call them, and the only groups that apps are told of. None unless given. */
  readonly groupNames?: Readonly<Record<string, string>>;
  /** One of them has the path `/`. */
  readonly apps: readonly GatewayAppDefinition[];
  /** What Cloud Armor refuses before anybody signs in. */
  readonly protection?: GatewayProtection;
  /** Size of the database of the apps that keep rows. Without it they keep them in memory, and lose them with each instance. */
  readonly database?: DatabaseSize;
  /** Image of all apps that name none of their own, by digest. */
  readonly image: string;
  /** What makes the image be there; the services wait for it. */
  readonly imageReady?: readonly ITerraformDependable[];
  /** Whether Terraform refuses to delete the services and the OAuth client. Default true. */
  readonly deletionProtection?: boolean;
  /** What has to exist first, such as the enabled services of the project. */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * The front for people: a load balancer whose every backend is behind IAP, which signs people in through the
 * workforce pool.
 *
 * @throws PropertyError for properties that Google would refuse, or that leave a path or an app open or unreachable
 */
export class PeopleGateway extends Construct {
  /** What the domain's A record points at. */
  readonly ipAddress: string;

  constructor(scope: Construct, id: string, props: PeopleGatewayProps) {
    super(scope, id);
    const { projectId, projectNumber, region, domain, workforcePool, apps, image } = props;
    const { deletionProtection = true, groupNames = {} } = props;
    const waiting = waitingFor(props.dependsOn);
    const name = "people-gateway";
    this.#check(props);
    const oauthClient = new IapOauthClient(this, "oauth-client", {
      projectId,
      generation: props.generation,
      deletionProtection,
      ...waiting,
    });
    const iapServiceAgent = new DeployStep(this, "iap-service-agent", {
      step: "iap-service-agent",
      inputs: { projectNumber },
      ...waiting,
    });
    const directory = this.#directory(props);
    const databases = this.#databases(props, deletionProtection);
    const protection = this.#protection(props);
    const backends = apps.map((app) => ({
      path: app.path,
      service: new GatewayApp(this, `app-${app.name}`, {
        app,
        navigation: apps,
        groupNames,
        directory,
        databases,
        domain,
        projectId,
        projectNumber,
        region,
        image,
        imageReady: props.imageReady ?? [],
        workforcePool,
        oauthClient,
        securityPolicy: protection.policy.id,
        iapServiceAgent,
        deletionProtection,
        ...waiting,
      }).backendId,
    }));
    const root = backends.find(({ path }) => path === "/");
    requireProperty(this, "apps", appPaths(props), root !== undefined, 'expected an app with the path "/"');
    const paths = new HostUrlMap(this, "paths", {
      name,
      projectId,
      domain,
      defaultService: root.service,
      pathRules: backends
        .filter((backend) => backend !== root)
        .map(({ path, service }) => ({ paths: [path, `${path}/*`], service })),
    });
    const front = new HttpsFront(this, "front", { name, projectId, domain, urlMap: paths.urlMap.id, ...waiting });
    new HttpRedirect(this, "http-redirect", { name, projectId, address: front.address.id, ...waiting });
    this.ipAddress = front.address.address;
  }

  #protection({ projectId, protection = {} }: PeopleGatewayProps): CloudArmor {
    const { deniedRanges, deniedRegions, blocksAttacks = false, requestsPerMinute = 1_200 } = protection;
    return new CloudArmor(this, "protection", {
      projectId,
      name: "people-gateway",
      ...(deniedRanges !== undefined && { deniedRanges }),
      ...(deniedRegions !== undefined && { deniedRegions }),
      wafPreview: !blocksAttacks,
      rateLimit: { requests: requestsPerMinute, intervalSeconds: 60 },
    });
  }

  #databases(props: PeopleGatewayProps, deletionProtection: boolean): AppDatabases | undefined {
    const apps = props.apps
      .filter(({ keepsRows }) => keepsRows === true)
      .map(({ name, serves = name }) => ({ name, serves }));
    if (props.database === undefined || apps.length === 0) return undefined;
    const { projectId, region, generation, image, imageReady = [], dependsOn } = props;
    return new AppDatabases(this, "databases", {
      ...props.database,
      projectId,
      region,
      generation,
      apps,
      image,
      imageReady,
      deletionProtection,
      ...(dependsOn !== undefined && { dependsOn }),
    });
  }

  /** One application for all apps that read the directory. */
  #directory({ apps, domain, entraTenantId = "" }: PeopleGatewayProps): EntraDirectoryReader | undefined {
    const reader = apps.find(({ readsDirectory }) => readsDirectory === true);
    if (reader === undefined) return undefined;
    const rule = "expected the id of a tenant, a lower-case UUID: an app reads its directory";
    const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
    requireMatch(this, "entraTenantId", entraTenantId, uuid, rule);
    return new EntraDirectoryReader(this, "directory", { tenantId: entraTenantId, domain });
  }

  #check({ projectNumber, workforcePool, apps }: PeopleGatewayProps): void {
    requireMatch(this, "projectNumber", projectNumber, projectNumberPattern, projectNumberRule);
    const poolRule = "expected a workforce pool id: 6 to 63 of a-z, 0-9 and -, a letter first, not gcp-";
    requireMatch(this, "workforcePool.poolId", workforcePool.poolId, workforcePoolIdPattern, poolRule);
    requireMatch(
      this,
      "workforcePool.name",
      workforcePool.name,
      /^locations\/global\/workforcePools\/[a-z0-9-]+$/,
      "expected locations/global/workforcePools/POOL",
    );
    apps.forEach((app, index) => {
      checkGatewayApp(this, `apps[${index}]`, app);
    });
    const appNames = apps.map(({ name }) => name);
    requireDistinct(this, "apps.name", appNames);
    const paths = apps.map(({ path }) => path);
    requireDistinct(this, "apps.path", paths);
  }
}

const appPaths = ({ apps }: PeopleGatewayProps): string => apps.map(({ path }) => path).join(", ");
