import type { Json } from "../../../analysis";

/** A place in a value: names of attributes and blocks, keys of maps, positions in lists. */
export type AttributePath = readonly PathStep[];
export type PathStep =
  | { readonly attributeName: string }
  | { readonly elementKeyString: string }
  | { readonly elementKeyInt: number };

/** What Terraform prints, with the place in the configuration where it knows it. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail?: string | undefined;
  readonly path?: AttributePath | undefined;
}

/** A state, null where there is none, and what there is to say. */
export interface StateAnswer {
  readonly state: Json;
  readonly diagnostics: readonly Diagnostic[];
}

export interface PlanAnswer extends StateAnswer {
  /** Attributes whose change replaces the resource. */
  readonly requiresReplace: readonly AttributePath[];
}

/** A provider behind the protocol. Values are as Terraform sends them: every attribute of the schema, blocks as lists, UNKNOWN. */
export interface ProviderService {
  /** The encoded answer to GetSchema. */
  schemas(): Buffer;
  configure(config: Json): readonly Diagnostic[];
  validateResource(type: string, config: Json): readonly Diagnostic[];
  validateDataSource(type: string, config: Json): readonly Diagnostic[];
  /** @param state as it was written to the state file, perhaps by another version */
  upgradeState(type: string, state: Json): StateAnswer;
  readResource(type: string, state: Json): StateAnswer;
  planResource(
    type: string,
    change: { readonly prior: Json; readonly proposed: Json; readonly config: Json },
  ): PlanAnswer;
  applyResource(
    type: string,
    change: { readonly prior: Json; readonly planned: Json; readonly config: Json },
  ): StateAnswer;
  importResource(type: string, id: string): StateAnswer;
  readDataSource(type: string, config: Json): StateAnswer;
}
