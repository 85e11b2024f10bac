import { buildAccessModel } from "../../../analysis";
import { type Decision, DecisionLog } from "../../events";
import { TokenStore } from "../../google/token-store";
import {
  type CertificateAuthority,
  createCertificateAuthority,
  createTwinFetch,
  Front,
  type TwinFetch,
  type VirtualHost,
} from "../../network";
import type { ResourceStore } from "../../store/resource-store";
import { CloudSdkTokens } from "../cloud-sdk-tokens";
import { createGateway, type Gateway } from "../gateway";
import { EchoRunner } from "./echo-runner";
import { applied } from "./gateway-resources";
import { TestBrowser } from "./test-browser";
import { TestEntra } from "./test-entra";

/** The gateway behind the twin's real front, with real certificates, over an issuer and services of the tests' own. */
export interface GatewayFixture {
  readonly store: ResourceStore;
  readonly decisions: Decision[];
  readonly runner: EchoRunner;
  readonly entra: TestEntra;
  readonly front: Front;
  readonly gateway: Gateway;
  readonly fetch: TwinFetch;
  readonly servers: CertificateAuthority;
  readonly machines: CertificateAuthority;
  browser(): TestBrowser;
  close(): Promise<void>;
}

/** Makes login.microsoftonline.com; TestEntra by default. */
export type MakeEntra = (
  store: ResourceStore,
  decisions: DecisionLog,
  publicOrigin: (hostname: string) => string,
) => VirtualHost;

export async function startGateway(makeEntra?: MakeEntra): Promise<GatewayFixture> {
  const [servers, machines] = await Promise.all([
    createCertificateAuthority({ name: "Servers", purpose: "servers" }),
    createCertificateAuthority({ name: "Machines", purpose: "clients" }),
  ]);
  const store = applied(machines.certificatePem);
  const log = new DecisionLog();
  const decisions: Decision[] = [];
  log.subscribe((decision) => decisions.push(decision));
  const front = new Front({ certificateAuthority: servers });
  const fetch = createTwinFetch(servers);
  const [runner, entra] = [new EchoRunner(), new TestEntra()];
  const cloudSdk = new CloudSdkTokens({ store, decisions: log, tokens: new TokenStore(store) });
  const gateway = createGateway({
    cloudSdk,
    store,
    decisions: log,
    runner,
    accessModel: () => buildAccessModel(store.all()),
    fetch,
    publicOrigin: (hostname) => front.origin(hostname),
    serverCertificates: (names) => servers.issueServer(names),
  });
  const identityProvider = makeEntra?.(store, log, (hostname) => front.origin(hostname)) ?? entra;
  const tokenService = cloudSdk.before({
    hostname: "sts.googleapis.com",
    handle: (_request, response) => void response.writeHead(404).end(),
  });
  for (const host of [...gateway.hosts, identityProvider, tokenService]) front.add(host);
  front.addResolver(gateway.loadBalancer.resolve);
  await Promise.all([front.listen(), gateway.machineFront.listen()]);
  return {
    store,
    decisions,
    runner,
    entra,
    front,
    gateway,
    fetch,
    servers,
    machines,
    browser: () => new TestBrowser(fetch, (hostname) => front.origin(hostname)),
    async close() {
      await Promise.all([front.close(), gateway.machineFront.close(), fetch.close()]);
    },
  };
}
