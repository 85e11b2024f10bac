/** JSON as Terraform knows it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A resource after its references were resolved. Blocks of at most one stay lists of one or objects, as they were written. */
export interface Resource {
  /** Stack, and so environment, that declares it. */
  readonly stack: string;
  /** `TYPE.NAME`. */
  readonly address: string;
  readonly type: string;
  readonly name: string;
  /** Path of the construct in the tree, where the JSON tells it. */
  readonly constructPath?: string;
  /** Arguments and computed attributes, under Terraform's names (snake_case). */
  readonly values: JsonObject;
}
