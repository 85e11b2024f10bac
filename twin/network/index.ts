export {
  type CertificateAuthority,
  type CertificateAuthorityOptions,
  type ClientCertificateRequest,
  createCertificateAuthority,
  newAuthority,
  openCertificateAuthority,
} from "./certificate-authority";
export { type CertificateWithKey, writePrivateFile } from "./certificate-files";
export { createHttpsAgent, createTwinFetch, type TwinClientOptions, type TwinFetch } from "./client";
export { Front, type FrontOptions } from "./front";
export { installLocalhostNames } from "./localhost-names";
export type { FrontEntry } from "./pages";
export { PortTakenError } from "./port-taken-error";
export { createSelfSignedCertificate } from "./self-signed-certificate";
export type { VirtualHost } from "./virtual-host";
