import type { AccessModel } from "../../analysis";
import type { DecisionLog } from "../events";
import type { VirtualHost } from "../network/virtual-host";
import type { ResourceStore } from "../store/resource-store";
import type { CloudSdkTokens } from "./cloud-sdk-tokens";
import type { PublicOrigin, ServiceRunner, TwinFetch } from "./collaborators";
import { IdentityAwareProxy } from "./iap";
import { IapKeys, iapKeysHost } from "./iap-keys";
import { createLoadBalancer, type LoadBalancer } from "./load-balancer";
import { MachineFront, type MachineFrontOptions } from "./machine-front";
import { createWorkforceAccess } from "./workforce-access";
import { WorkforceSignIn } from "./workforce-sign-in";

export interface GatewayOptions {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly runner: ServiceRunner;
  /** The access model of what is applied right now. */
  readonly accessModel: () => AccessModel;
  /** Trusts the twin's authority. */
  readonly fetch: TwinFetch;
  /** Front.origin. */
  readonly publicOrigin: PublicOrigin;
  /** Who takes over where gcloud asked for the sign-in; without it nobody signs in for gcloud. */
  readonly cloudSdk?: CloudSdkTokens | undefined;
  readonly serverCertificates: MachineFrontOptions["serverCertificates"];
  /** Port of the machine front; a free one by default. */
  readonly machinePort?: number | undefined;
}

export interface Gateway {
  /** www.gstatic.com, auth.cloud.google and iap.googleapis.com. */
  readonly hosts: readonly VirtualHost[];
  /** The people's hosts of all applied load balancers. */
  readonly loadBalancer: LoadBalancer;
  /** Not listening yet. */
  readonly machineFront: MachineFront;
  readonly keys: IapKeys;
}

/** The gateway's parts, put together. */
export function createGateway(options: GatewayOptions): Gateway {
  const { machinePort, accessModel } = options;
  const keys = new IapKeys();
  const access = createWorkforceAccess(accessModel);
  const signIn = new WorkforceSignIn({ ...options, access });
  const iap = new IdentityAwareProxy({ ...options, access, keys, signIn: signIn.codes });
  return {
    hosts: [iapKeysHost(keys), signIn.host, iap.redirectHost],
    loadBalancer: createLoadBalancer({ ...options, iap }),
    machineFront: new MachineFront({ ...options, ...(machinePort === undefined ? {} : { port: machinePort }) }),
    keys,
  };
}
