/** The twin's gateway: load balancer, Identity-Aware Proxy, workforce sign-in, and the machines' front. */
export { CloudSdkTokens } from "./cloud-sdk-tokens";
export type {
  PublicOrigin,
  ServiceCall,
  ServiceReference,
  ServiceRunner,
  TwinFetch,
  WorkforceAccess,
} from "./collaborators";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway";
export { type IapOptions, IdentityAwareProxy } from "./iap";
export { type AssertionAlteration, type AssertionSubject, assertionClaims, signAssertion } from "./iap-assertion";
export { IapKeys, iapKeysHost } from "./iap-keys";
export { createLoadBalancer, type LoadBalancer, type LoadBalancerOptions } from "./load-balancer";
export { MachineFront, type MachineFrontOptions } from "./machine-front";
export { createWorkforceAccess } from "./workforce-access";
export { WorkforceSignIn, type WorkforceSignInOptions } from "./workforce-sign-in";
