/** Terraform's plugin protocol 5. */

export { type ProviderServer, serveProvider } from "./provider-server";
export type { AttributePath, Diagnostic, PathStep, PlanAnswer, ProviderService, StateAnswer } from "./provider-service";
export { schemaResponse } from "./schema-response";
