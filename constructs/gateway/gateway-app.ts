import { IapSettings } from "@cdktf/provider-google/lib/iap-settings";
import { IapWebBackendServiceIamMember } from "@cdktf/provider-google/lib/iap-web-backend-service-iam-member";
import { type ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { backendServiceAudience, iapServiceAgent } from "../../facts/iap";
import { PurposeServiceAccount } from "../access/purpose-service-account";
import { CloudRunHandler } from "./cloud-run-handler";
import type { AppDatabases } from "./database/app-databases";
import type { EntraDirectoryReader } from "./entra-directory-reader";
import type { GatewayAppDefinition } from "./gateway-app-definition";
import type { IapOauthClient } from "./iap-oauth-client";
import { waitingFor } from "./property-rules";
import { ServerlessBackend } from "./serverless-backend";

/** The workforce pool whose people sign in. */
export interface WorkforcePoolReference {
  readonly poolId: string;
  /** `locations/global/workforcePools/POOL`, as the pool's resource computes it. */
  readonly name: string;
}

export interface GatewayAppProps {
  readonly app: GatewayAppDefinition;
  /** All apps of the gateway, for the navigation; groups by object id. */
  readonly navigation: readonly { readonly title: string; readonly path: string; readonly groups: readonly string[] }[];
  /** Names of groups by object id. */
  readonly groupNames: Readonly<Record<string, string>>;
  /** Undefined where no app reads the directory. */
  readonly directory: EntraDirectoryReader | undefined;
  /** Undefined where rows are kept inside the services, in memory. */
  readonly databases: AppDatabases | undefined;
  /** Host of the gateway. */
  readonly domain: string;
  readonly projectId: string;
  readonly projectNumber: string;
  readonly region: string;
  /** For an app that names none of its own. */
  readonly image: string;
  readonly imageReady: readonly ITerraformDependable[];
  readonly workforcePool: WorkforcePoolReference;
  readonly oauthClient: IapOauthClient;
  /** Id of the gateway's Cloud Armor policy. */
  readonly securityPolicy: string;
  /** The step that makes IAP's service agent exist: a binding for an unknown account is refused. */
  readonly iapServiceAgent: ITerraformDependable;
  readonly deletionProtection: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * One app behind IAP: a Cloud Run service with an account of its own, the backend in front of it, and who is let in.
 *
 * The service knows the audience of its assertions, which contains the backend's generated id; the backend knows the
 * service by its plain name only, so this is no cycle.
 */
export class GatewayApp extends Construct {
  /** Id of the backend service. */
  readonly backendId: string;

  constructor(scope: Construct, id: string, props: GatewayAppProps) {
    super(scope, id);
    const { app, projectId, projectNumber, region, workforcePool } = props;
    const name = `app-${app.name}`;
    const account = new PurposeServiceAccount(this, "account", {
      accountId: name,
      purpose: `Web app: ${app.title}`,
      projectId,
    });
    const backend = new ServerlessBackend(this, "backend", {
      name,
      projectId,
      region,
      serviceName: name,
      identityAwareProxy: true,
      securityPolicy: props.securityPolicy,
      ...waitingFor(props.dependsOn),
    }).service;
    const database = app.keepsRows === true ? props.databases?.connect(app.name, account) : undefined;
    new CloudRunHandler(this, "handler", {
      // The embedded database alone takes close to half of it.
      memory: app.keepsRows === true && database === undefined ? "1Gi" : "512Mi",
      name,
      projectId,
      projectNumber,
      region,
      image: app.image ?? props.image,
      account,
      config: {
        app: app.serves ?? app.name,
        title: app.title,
        path: app.path,
        audiences: [backendServiceAudience(projectNumber, Token.asString(backend.generatedId))],
        workforcePool: workforcePool.poolId,
        apps: props.navigation.map(({ title, path, groups }) => ({
          title,
          path,
          groups: groups.map((group) => props.groupNames[group] ?? group),
        })),
        ...directoryConfig(props, account),
        ...(database && { database: database.config }),
      },
      ...(database && { environment: database.environment, network: database.network }),
      invokers: [`serviceAccount:${iapServiceAgent(projectNumber)}`],
      deletionProtection: props.deletionProtection,
      dependsOn: [
        ...(props.dependsOn ?? []),
        props.iapServiceAgent,
        ...(app.image === undefined ? props.imageReady : []),
        ...(database ? [database.ready] : []),
      ],
    });
    const settings = new IapSettings(this, "iap", {
      name: `projects/${projectNumber}/iap_web/compute/services/${backend.name}`,
      accessSettings: {
        identitySources: ["WORKFORCE_IDENTITY_FEDERATION"],
        workforceIdentitySettings: {
          workforcePools: [workforcePool.name],
          oauth2: { clientId: props.oauthClient.clientId, clientSecret: props.oauthClient.clientSecret },
        },
      },
      ...accessDeniedPage(props),
    });
    for (const group of app.groups) {
      new IapWebBackendServiceIamMember(this, `group-${group}`, {
        project: projectId,
        webBackendService: backend.name,
        role: "roles/iap.httpsResourceAccessor",
        member: `principalSet://iam.googleapis.com/${workforcePool.name}/group/${group}`,
        // Without its settings IAP takes Google accounts: nobody is let in before they are set, nor after they are
        // gone.
        dependsOn: [settings],
      });
    }
    this.backendId = backend.id;
  }
}

/**
 * Where IAP sends those whom it does not let in: the root app says which group to ask for. The root app's own refusals are told by
 * IAP, which also does so wherever somebody may not open that page either.
 * Source: cloud.google.com/iap/docs/reference/rest/v1/IapSettings#AccessDeniedPageSettings.
 */
function accessDeniedPage({ app, domain }: GatewayAppProps) {
  if (app.path === "/") return {};
  const accessDeniedPageUri = `https://${domain}/access-denied?app=${encodeURIComponent(app.path)}`;
  return { applicationSettings: { accessDeniedPageSettings: { accessDeniedPageUri } } };
}

/** What an app needs to ask the directory; nothing for an app that does not. */
function directoryConfig({ app, directory, groupNames }: GatewayAppProps, account: PurposeServiceAccount) {
  if (app.readsDirectory !== true || directory === undefined) return {};
  directory.trust(account, `app-${app.name}`);
  const { tenantId, clientId } = directory;
  return {
    groups: Object.entries(groupNames).map(([id, name]) => ({ id, name })),
    directory: { kind: "microsoft-graph", tenantId, clientId },
  };
}
