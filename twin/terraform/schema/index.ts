/** Schemas of the Terraform providers, recovered from the bindings. */
export type {
  AttributeSchema,
  AttributeType,
  BlockSchema,
  NestedBlockSchema,
  Nesting,
  ProviderSchemas,
} from "./block-schema";
export { fromKeptFile, keptDirectory } from "./kept-file";
export { loadSchemas, type ProviderName } from "./load-schemas";
export { sensitiveOfDataSources, sensitiveOfResources } from "./sensitive-attributes";
