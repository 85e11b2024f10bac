import { mkdir, rm } from "node:fs/promises";
import type { Agent } from "node:https";
import { join } from "node:path";
import { applyTerraformJson, type DeployStep, type StackConfiguration } from "./apply/apply-terraform-json";
import type { GoogleProject } from "./apply/computed-attributes";
import { installMovableClock, type MovableClock } from "./clock";
import { DecisionLog } from "./events";
import { createGateway, type IapKeys } from "./gateway";
import { createGoogleServices, type GoogleServices, googleHosts } from "./google";
import {
  Aws,
  createEntra,
  createGitHubIssuer,
  createGoogleAccounts,
  type Entra,
  type EntraPerson,
  type GitHubIssuer,
  type GoogleAccounts,
  IssuerRegistry,
} from "./issuers";
import {
  type CertificateAuthority,
  createCertificateAuthority,
  createHttpsAgent,
  createSelfSignedCertificate,
  createTwinFetch,
  Front,
  type FrontEntry,
  installLocalhostNames,
  type TwinFetch,
  writePrivateFile,
} from "./network";
import { bundleHandlers, CloudRunRunner, type HandlerBundles, type HandlerLogEntry } from "./runner";
import { ResourceStore } from "./store/resource-store";

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
  /** Below the project, so that packages resolve. */
  readonly bundleDirectory: string;
  /** Ports; free ones unless given. */
  readonly port?: number | undefined;
  readonly httpPort?: number | undefined;
  readonly machinePort?: number | undefined;
  /** Told of what went wrong inside, for the log; never holds a token. */
  readonly onError?: (error: unknown, where: string) => void;
  /** Told of what handlers write; one line each. */
  readonly onHandlerLog?: (entry: HandlerLogEntry) => void;
}

/** A local Google Cloud and Entra for identity, under real names below `.localhost`. */
export interface Twin {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly clock: MovableClock;
  readonly issuers: IssuerRegistry;
  readonly github: GitHubIssuer;
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
  /** Digests of the handlers' bundles. */
  readonly bundles: HandlerBundles;
  /** `https://NAME.localhost:PORT` of a real host name. */
  origin(hostname: string): string;
  /** The same for a host that asks for a client certificate. */
  machineOrigin(hostname: string): string;
  /** Applies a stack; a step is run by `runDeployStep`. */
  apply(configuration: StackConfiguration, runDeployStep: (step: DeployStep) => Promise<void>): Promise<number>;
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
  const decisions = new DecisionLog();
  await rm(options.directory, { recursive: true, force: true });
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  closers.push(() => rm(options.directory, { recursive: true, force: true }));

  const [serverAuthority, machineAuthority, brokerCertificate, bundles] = await Promise.all([
    createCertificateAuthority({ name: "Keyless local twin", purpose: "servers" }),
    createCertificateAuthority({ name: "Keyless local twin: machines", purpose: "clients" }),
    createSelfSignedCertificate({ commonName: "token-broker" }),
    bundleHandlers({ outputDirectory: options.bundleDirectory }),
  ]);
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
  const googleAccounts = createGoogleAccounts();
  const aws = new Aws();
  const entra = createEntra({
    store,
    decisions,
    people: options.people,
    groupNames: options.groupNames,
    tenantId: options.entraTenantId,
    publicOrigin: origin,
  });
  for (const issuer of [github.issuer, googleAccounts.issuer, ...entra.issuers]) issuers.add(issuer);
  const google = createGoogleServices({ store, issuers, accounts: googleAccounts, aws, decisions });
  for (const host of [github.host, googleAccounts.host, entra.host, ...googleHosts(google)]) front.add(host);

  const secretValues: Readonly<Record<string, string>> = {
    [options.brokerSecrets.key]: brokerCertificate.privateKeyPem,
    [options.brokerSecrets.certificate]: brokerCertificate.certificatePem,
  };
  const runner = new CloudRunRunner({
    store,
    decisions,
    bundles,
    clock,
    certificateAuthorityFile,
    secrets: { read: (secret) => secretValues[secret] },
    endpoints: () => ({
      entra: origin("login.microsoftonline.com"),
      securityTokenService: origin("sts.googleapis.com"),
      iamCredentials: origin("iamcredentials.googleapis.com"),
      iapJwks: `${origin("www.gstatic.com")}/iap/verify/public_key-jwk`,
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
    token_broker_image: `registry.localhost/keyless/token-broker@sha256:${bundles["token-broker"].digest}`,
    iap_app_image: `registry.localhost/keyless/iap-app@sha256:${bundles["iap-app"].digest}`,
    token_broker_certificate_pem: brokerCertificate.certificatePem,
    machine_trust_anchor_pem: machineAuthority.certificatePem,
  };
  return {
    store,
    decisions,
    clock,
    issuers,
    github,
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
    machineOrigin: (hostname) => `https://${hostname}.localhost:${machineFront.port}`,
    apply: async (configuration, runDeployStep) =>
      (await applyTerraformJson(store, configuration, { projects: options.projects, variables, runDeployStep })).length,
    describe: (entries) => front.describe(entries),
    close,
  };
}
