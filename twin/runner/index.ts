export {
  CloudRunRunner,
  type CloudRunRunnerOptions,
  type ServiceCall,
  type ServiceReference,
} from "./cloud-run-runner";
export {
  BundleError,
  bundleHandlers,
  type HandlerBundle,
  type HandlerBundles,
} from "./handler-bundles";
export type { HandlerLogEntry } from "./handler-log";
