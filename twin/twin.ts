import { mkdir, rm } from "node:fs/promises";
import type { Agent } from "node:https";
import { join } from "node:path";
import { applyTerraformJson, type DeployStep, type StackConfiguration } from "./apply/apply-terraform-json";
import { anyContainerRegistry, ContainerRegistry } from "./artifact-registry";
import { installMovableClock, type MovableClock } from "./clock";
import { DecisionLog } from "./events";
import { CloudSdkTokens, createGateway, type IapKeys } from "./gateway";
import {
  createGoogleServices,
  type GoogleServices,
  googleHosts,
  metadataHostname,
  metadataServerResolver,
  startMutualTlsHost,
} from "./google";
import {
  Aws,
  createEntra,
  createGitHubIssuer,
  createGitLabIssuer,
  createGoogleAccounts,
  createHcpTerraformIssuer,
  type Entra,
  type EntraPerson,
  type GitHubIssuer,
  type GoogleAccounts,
  IssuerRegistry,
  IssuersOnDemand,
  type OidcIssuer,
} from "./issuers";
import {
  type CertificateAuthority,
  createHttpsAgent,
  createTwinFetch,
  Front,
  type FrontEntry,
  installLocalhostNames,
  openCertificateAuthority,
  type TwinFetch,
  writePrivateFile,
} from "./network";
import { authorities, createTwinKeys, type TwinKeys } from "./persistence";
import { bundleHandlers, CloudRunRunner, type HandlerBundles, type HandlerLogEntry } from "./runner";
import { projectDirectory } from "./runner/project-directory";
import { requireSecretAccess } from "./runner/secret-access";
import { projectType } from "./store/own-records";
import { ResourceStore } from "./store/resource-store";
import { attachTerraform, type TerraformAttachment } from "./terraform/provider";
import { type GoogleProject, resourceRules } from "./terraform/rules";

/** What exists before anything is applied, and where the twin listens. */
export interface TwinOptions {
  readonly projects: readonly GoogleProject[];
  readonly entraTenantId: string;
  readonly people: readonly EntraPerson[];
  /** Names of Entra groups by object id, for the login page. */
  readonly groupNames: Readonly<Record<string, string>>;
  /** Names of the Secret Manager secrets that hold the broker's Entra certificate; an operator would add their versions. */
  readonly brokerSecrets: { readonly key: string; readonly certificate: string };
  /** A folder of the twin's own for certificates; emptied at start and removed at the end. */
  readonly directory: string;
  /** Certificates and keys of an earlier twin that this one goes on from; new ones unless given. */
  readonly keys?: TwinKeys | undefined;
  /** Ports; free ones unless given. */
  readonly port?: number | undefined;
  readonly httpPort?: number | undefined;
  readonly machinePort?: number | undefined;
  /** Told of what went wrong inside, for the log; never holds a token. */
  readonly onError?: (error: unknown, where: string) => void;
  /** Told of what handlers write; one line each. */
  readonly onHandlerLog?: (entry: HandlerLogEntry) => void;
}

/** Where the twin answers for what deploy-time steps call. */
export interface StepEndpoints extends Readonly<Record<string, string>> {
  readonly iam: string;
  readonly serviceUsage: string;
  readonly containerRegistry: string;
}

/** A local Google Cloud and Entra for identity, under real names below `.localhost`. */
export interface Twin {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly clock: MovableClock;
  readonly issuers: IssuerRegistry;
  readonly github: GitHubIssuer;
  readonly gitlab: ReturnType<typeof createGitLabIssuer>;
  readonly hcpTerraform: ReturnType<typeof createHcpTerraformIssuer>;
  /** Any other issuer by its URL, such as a cluster's; made and published when it is first asked for. */
  oidcIssuer(url: string): OidcIssuer;
  readonly googleAccounts: GoogleAccounts;
  readonly aws: Aws;
  readonly entra: Entra;
  readonly google: GoogleServices;
  readonly iapKeys: IapKeys;
  readonly runner: CloudRunRunner;
  /** Certifies the machine clients; its certificate is the trust anchor of the machine fronts. */
  readonly machineAuthority: CertificateAuthority;
  /** PEM file of the authority behind the twin's own certificates. */
  readonly certificateAuthorityFile: string;
  /** Page that lists all hosts. */
  readonly overview: string;
  readonly fetch: TwinFetch;
  readonly httpsAgent: Agent;
  /** What the handlers' images hold. */
  readonly bundles: HandlerBundles;
  /** `https://NAME.localhost:PORT` of a real host name. */
  origin(hostname: string): string;
  /** Origins that deploy-time steps call instead of Google's. */
  readonly stepEndpoints: StepEndpoints;
  /** The same for a host that asks for a client certificate. */
  machineOrigin(hostname: string): string;
  /** Origin of sts.mtls.googleapis.com, which asks every client for a certificate. */
  readonly mutualTlsTokenService: string;
  /** Applies a stack; a step is run by `runDeployStep`. */
  apply(configuration: StackConfiguration, runDeployStep: (step: DeployStep) => Promise<void>): Promise<number>;
  /**
   * Serves the Google and Entra providers of a stack to Terraform; what it applies is what the twin enforces. Several
   * stacks at once are independent.
   */
  attachTerraform(stack: string): Promise<TerraformAttachment>;
  /** Sets the list of hosts that the overview shows. */
  describe(entries: readonly FrontEntry[]): void;
  /** Ends handlers, listeners and connections. */
  close(): Promise<void>;
}

/**
 * Starts an empty twin: listening, with nothing applied.
 * @throws {PortTakenError} where a port that was asked for is taken
 * @throws {BundleError} where a handler cannot be bundled
 */
export async function startTwin(options: TwinOptions): Promise<Twin> {
  installLocalhostNames();
  const clock = installMovableClock();
  const closers: (() => Promise<void> | void)[] = [() => clock.uninstall()];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    return await build(options, clock, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  options: TwinOptions,
  clock: MovableClock,
  closers: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<Twin> {
  const store = new ResourceStore();
  for (const { id, number } of options.projects)
    store.put({ stack: "google", type: projectType, identity: id, values: { project_id: id, number } });
  const decisions = new DecisionLog();
  await rm(options.directory, { recursive: true, force: true });
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  closers.push(() => rm(options.directory, { recursive: true, force: true }));

  const keys = options.keys ?? (await createTwinKeys());
  const [serverAuthority, machineAuthority] = await Promise.all([
    openCertificateAuthority(authorities.servers, keys.servers),
    openCertificateAuthority(authorities.machines, keys.machines),
  ]);
  const bundles = bundleHandlers();
  const certificateAuthorityFile = join(options.directory, "certificate-authority.pem");
  await writePrivateFile(certificateAuthorityFile, serverAuthority.certificatePem);

  const front = new Front({
    certificateAuthority: serverAuthority,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.httpPort === undefined ? {} : { httpPort: options.httpPort }),
    onError: (error, hostname) => options.onError?.(error, hostname),
  });
  await front.listen();
  closers.push(() => front.close());
  const origin = (hostname: string) => front.origin(hostname);
  const twinFetch = createTwinFetch(serverAuthority);
  closers.push(() => twinFetch.close());
  const httpsAgent = createHttpsAgent(serverAuthority);
  closers.push(() => httpsAgent.destroy());

  const issuers = new IssuerRegistry();
  const github = createGitHubIssuer();
  const gitlab = createGitLabIssuer();
  const hcpTerraform = createHcpTerraformIssuer();
  const googleAccounts = createGoogleAccounts();
  const aws = new Aws();
  const entra = createEntra({
    store,
    decisions,
    people: options.people,
    groupNames: options.groupNames,
    tenantId: options.entraTenantId,
    publicOrigin: origin,
    otherIssuers: issuers,
  });
  const publicIssuers = [github, gitlab, hcpTerraform, googleAccounts];
  for (const issuer of [...publicIssuers.map((one) => one.issuer), ...entra.issuers]) issuers.add(issuer);
  const google = createGoogleServices({ store, issuers, accounts: googleAccounts, aws, decisions });
  const cloudSdk = new CloudSdkTokens({ store, decisions, tokens: google.tokens });
  for (const host of [...publicIssuers.map((one) => one.host), entra.host, entra.graph.host, ...googleHosts(google)])
    front.add(host.hostname === "sts.googleapis.com" ? cloudSdk.before(host) : host);
  const issuersOnDemand = new IssuersOnDemand(issuers, (host) => front.add(host));
  const mutualTlsHostname = "sts.mtls.googleapis.com.localhost";
  const mutualTlsHost = await startMutualTlsHost({
    services: google,
    certificate: await serverAuthority.issueServer([mutualTlsHostname]),
  });
  closers.push(() => mutualTlsHost.close());
  front.addResolver(metadataServerResolver(google));

  const { deployerToken } = google;
  const containerRegistry = new ContainerRegistry({ store, decisions, deployerToken, root: projectDirectory() });
  front.addResolver(containerRegistry.resolve);

  const secretValues: Readonly<Record<string, string>> = {
    [options.brokerSecrets.key]: keys.broker.keyPem,
    [options.brokerSecrets.certificate]: keys.broker.certificatePem,
  };
  const runner = new CloudRunRunner({
    store,
    decisions,
    bundles,
    clock,
    certificateAuthorityFile,
    secrets: {
      read: (secret, _, service) => {
        requireSecretAccess(store, secret, service);
        return secretValues[secret];
      },
    },
    endpoints: (service) => ({
      entra: origin("login.microsoftonline.com"),
      securityTokenService: origin("sts.googleapis.com"),
      iamCredentials: origin("iamcredentials.googleapis.com"),
      iapJwks: `${origin("www.gstatic.com")}/iap/verify/public_key-jwk`,
      microsoftGraph: origin("graph.microsoft.com"),
      googleMetadata: origin(metadataHostname(service)),
    }),
    ...(options.onHandlerLog === undefined ? {} : { onLog: options.onHandlerLog }),
  });
  closers.push(() => runner.stop());
  front.addResolver(runner.runAppHost());

  const gateway = createGateway({
    store,
    decisions,
    runner,
    accessModel: () => google.accessModel(),
    fetch: twinFetch,
    publicOrigin: origin,
    cloudSdk,
    serverCertificates: (names) => serverAuthority.issueServer([...names]),
    machinePort: options.machinePort,
  });
  for (const host of gateway.hosts) front.add(host);
  front.addResolver(gateway.loadBalancer.resolve);
  front.redirectPlainHttpBy(gateway.loadBalancer.redirectFor);
  const { machineFront } = gateway;
  await machineFront.listen();
  closers.push(() => machineFront.close());

  const variables = {
    token_broker_certificate_pem: keys.broker.certificatePem,
    machine_trust_anchor_pem: machineAuthority.certificatePem,
  };
  const stepEndpoints = {
    iam: origin("iam.googleapis.com"),
    iamCredentials: origin("iamcredentials.googleapis.com"),
    securityTokenService: origin("sts.googleapis.com"),
    serviceUsage: origin("serviceusage.googleapis.com"),
    sqlAdmin: origin("sqladmin.googleapis.com"),
    cloudRun: origin("run.googleapis.com"),
    containerRegistry: origin(anyContainerRegistry),
  };
  return {
    store,
    decisions,
    clock,
    issuers,
    github,
    gitlab,
    hcpTerraform,
    oidcIssuer: issuersOnDemand.of,
    googleAccounts,
    aws,
    entra,
    google,
    iapKeys: gateway.keys,
    runner,
    machineAuthority,
    certificateAuthorityFile,
    overview: `${origin("")}/`,
    fetch: twinFetch,
    httpsAgent,
    bundles,
    origin,
    stepEndpoints,
    mutualTlsTokenService: `https://${mutualTlsHostname}:${mutualTlsHost.port}`,
    machineOrigin: (hostname) => `https://${hostname}.localhost:${machineFront.port}`,
    apply: async (configuration, runDeployStep) =>
      (await applyTerraformJson(store, configuration, { projects: options.projects, variables, runDeployStep })).length,
    attachTerraform: async (stack) => {
      const attachment = await attachTerraform({
        rules: resourceRules,
        context: () => ({
          stack,
          project: options.projects.find((project) => project.stack === stack),
          projects: options.projects,
          store,
          now: Date.now(),
        }),
        variables,
        stepEndpoints,
        accessToken: google.deployerToken,
        certificateAuthorityFile,
        onError: options.onError,
      });
      closers.push(() => attachment.close());
      return attachment;
    },
    describe: (entries) => front.describe(entries),
    close,
  };
}
