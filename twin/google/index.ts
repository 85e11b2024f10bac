/** Google Cloud's services, as the twin plays them. */
export { metadataHostname, metadataServerResolver } from "./metadata-server";
export { type MutualTlsHost, startMutualTlsHost } from "./mutual-tls-host";
export { createGoogleServices, type GoogleServices, type GoogleServicesOptions, googleHosts } from "./services";
export { type AccessTokenRecord, TokenStore } from "./token-store";
