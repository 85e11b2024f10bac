/** A type as Terraform writes it in JSON (cty): `"string"`, `["list", "string"]`, `["object", { name: "string" }]`. */
export type AttributeType =
  | "string"
  | "number"
  | "bool"
  | readonly ["list" | "set" | "map", AttributeType]
  | readonly ["object", { readonly [name: string]: AttributeType }];

/** An argument or a value that the cloud gives. Absent flags are false. */
export interface AttributeSchema {
  readonly type: AttributeType;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
}

/** How often a block may occur, and what names its occurrences. */
export type Nesting = "single" | "list" | "set";

export interface NestedBlockSchema {
  readonly nesting: Nesting;
  /** 0 or 1. */
  readonly minItems: number;
  /** 1, or 0 where there is no limit. */
  readonly maxItems: number;
  readonly block: BlockSchema;
}

export interface BlockSchema {
  readonly attributes: { readonly [name: string]: AttributeSchema };
  readonly blocks: { readonly [name: string]: NestedBlockSchema };
}

/** Schemas of one provider. Types are looked up one by one, for a provider has far more of them than a stack uses. */
export interface ProviderSchemas {
  /** `google` or `azuread`. */
  readonly provider: string;
  /** Version of the provider, `6.50.0`. */
  readonly version: string;
  readonly configuration: BlockSchema;
  readonly resourceTypes: readonly string[];
  readonly dataSourceTypes: readonly string[];
  /** Parsed at each call; undefined for a type that the provider does not have. */
  resource(type: string): BlockSchema | undefined;
  dataSource(type: string): BlockSchema | undefined;
}
