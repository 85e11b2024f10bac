/** The token broker as deployed, and the applications in Entra that it and people's sign-in need. */
export { EntraFederationApplications } from "./entra-federation-applications";
export { EntraLoginApplication } from "./entra-login-application";
export { type BrokerClient, TokenBroker } from "./token-broker";
