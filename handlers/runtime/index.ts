export {
  address,
  ConfigurationError,
  configurationFile,
  type Endpoints,
  type EnvironmentVariables,
  readConfiguration,
  readConfigurationFile,
  readEndpoints,
  readListenAddress,
} from "./configuration";
export { errorCode } from "./error-code";
export { parseJsonDocument } from "./json-document";
export { LogOutput } from "./log-output";
export { createLogger, type Logger, redactSecrets } from "./logging";
export { OpenConnections } from "./open-connections";
export { readPemFile } from "./pem-file";
export { Reloadable, type ReloadableOptions } from "./reloadable";
export { type ServableApplication, type ServeOptions, serve } from "./serve";
