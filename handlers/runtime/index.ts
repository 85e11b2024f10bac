export {
  ConfigurationError,
  type Endpoints,
  type EnvironmentVariables,
  readConfiguration,
  readEndpoints,
  readListenAddress,
} from "./configuration";
export { createLogger, type Logger, redactSecrets } from "./logging";
export { errorCode, readPemFile } from "./pem-file";
export { type ServableApplication, type ServeOptions, serve } from "./serve";
