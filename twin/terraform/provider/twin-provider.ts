import { z } from "zod";
import type { Json, JsonObject } from "../../../analysis";
import type { StoredResource } from "../../store/resource-store";
import type { Diagnostic, PlanAnswer, ProviderService, StateAnswer } from "../protocol";
import { schemaResponse } from "../protocol";
import { withDefaults } from "../rules/defaults";
import type { ResourceRules, RuleContext } from "../rules/resource-rules";
import { isObject } from "../rules/values";
import type { ProviderSchemas } from "../schema";
import { type ApplyOutcome, applyCreate, applyDelete, applyUpdate } from "./apply-change";
import { readData } from "./data-sources";
import { unknownType, unplayedType, violationDiagnostic } from "./diagnostics";
import { planCreate, planUpdate } from "./plan-change";
import type { ResourceKind } from "./resource-kind";
import type { Placement } from "./resource-values";
import { toStored, toWire, ValueShapeError } from "./wire-form";

export interface TwinProviderOptions {
  readonly schemas: ProviderSchemas;
  readonly rules: ReadonlyMap<string, ResourceRules>;
  /** What the rules may look at, as it is now. */
  readonly context: () => RuleContext;
}

const placed = z.string().min(1).optional().catch(undefined);
const placement = z.object({ project: placed, region: placed, zone: placed }).catch({});

/**
 * A Terraform provider whose cloud is the twin: Terraform's core does the planning, the schemas say what can be written,
 * the rules how the cloud treats it, and the store holds what was applied.
 */
export class TwinProvider implements ProviderService {
  readonly #options: TwinProviderOptions;
  readonly #kinds = new Map<string, ResourceKind>();
  #placement: Placement = {};

  constructor(options: TwinProviderOptions) {
    this.#options = options;
  }

  schemas(): Buffer {
    return schemaResponse(this.#options.schemas);
  }

  configure(config: Json): readonly Diagnostic[] {
    const { project, region, zone } = placement.parse(config);
    this.#placement = {
      ...(project === undefined ? {} : { project }),
      ...(region === undefined ? {} : { region }),
      ...(zone === undefined ? {} : { zone }),
    };
    return [];
  }

  validateResource(type: string, config: Json): readonly Diagnostic[] {
    const kind = this.#kind(type);
    if (kind === undefined || !isObject(config)) return [];
    const values = toStored(kind.schema, withDefaults(kind.rules, config));
    const violations = kind.rules.validate?.(values, this.#options.context()) ?? [];
    return violations.map((violation) => violationDiagnostic(kind.schema, violation));
  }

  validateDataSource(): readonly Diagnostic[] {
    return [];
  }

  upgradeState(type: string, state: Json): StateAnswer {
    const schema = this.#options.schemas.resource(type);
    if (schema === undefined) return this.#refused(null, this.#unknown(type));
    return this.#shaped(null, () => (isObject(state) ? toWire(schema, state) : null));
  }

  readResource(type: string, state: Json): StateAnswer {
    const kind = this.#kind(type);
    if (!isObject(state)) return { state: null, diagnostics: [] };
    if (kind === undefined) return this.#refused(state, this.#unplayed(type, "read"));
    const resource = this.#find(kind, state);
    return this.#shaped(state, () => (resource === undefined ? null : toWire(kind.schema, resource.values)));
  }

  planResource(
    type: string,
    { prior, proposed, config }: { readonly prior: Json; readonly proposed: Json; readonly config: Json },
  ): PlanAnswer {
    const kind = this.#kind(type);
    if (kind === undefined) return { ...this.#refused(prior, this.#unplayed(type, "planned")), requiresReplace: [] };
    if (!isObject(proposed) || !isObject(config)) return { state: null, requiresReplace: [], diagnostics: [] };
    const { planned, requiresReplace } = isObject(prior)
      ? planUpdate(kind, { prior, proposed, config }, this.#placement, this.#options.context())
      : planCreate(kind, proposed, this.#placement);
    return { state: planned, requiresReplace, diagnostics: [] };
  }

  applyResource(
    type: string,
    { prior, planned, config }: { readonly prior: Json; readonly planned: Json; readonly config: Json },
  ): StateAnswer {
    const kind = this.#kind(type);
    if (kind === undefined) return this.#refused(prior, this.#unplayed(type, "applied"));
    const outcome = this.#apply(kind, prior, planned, config);
    if (outcome.done) {
      const { resource } = outcome;
      return this.#shaped(prior, () => (resource === undefined ? null : toWire(kind.schema, resource.values)));
    }
    const diagnostics = outcome.violations.map((violation) => violationDiagnostic(kind.schema, violation));
    return { state: prior, diagnostics };
  }

  importResource(type: string, id: string): StateAnswer {
    const kind = this.#kind(type);
    if (kind === undefined) return this.#refused(null, this.#unplayed(type, "imported"));
    const context = this.#options.context();
    const identity = kind.rules.importIdentity?.(id, context) ?? id;
    const resource = context.store.get(context.stack, type, identity);
    if (resource !== undefined) return this.#shaped(null, () => toWire(kind.schema, resource.values));
    // Words of Terraform's core, for providers that find nothing only when they read.
    return this.#refused(null, {
      severity: "error",
      summary: "Cannot import non-existent remote object",
      detail: `The provider detected that no ${type} exists with the id ${JSON.stringify(id)}.`,
    });
  }

  readDataSource(type: string, config: Json): StateAnswer {
    const schema = this.#options.schemas.dataSource(type);
    if (schema === undefined || !isObject(config)) return this.#refused(null, this.#unknown(type));
    const values = toStored(schema, { ...this.#placement, ...config });
    const found = readData(type, values, this.#options.rules, this.#options.context());
    if (found === "unplayed") return this.#refused(null, this.#unplayed(`data.${type}`, "read"));
    if (found !== undefined) return this.#shaped(null, () => toWire(schema, { ...found, ...values }));
    return this.#refused(null, { severity: "error", summary: `${type}: what the data source names does not exist` });
  }

  #apply(kind: ResourceKind, prior: Json, planned: Json, config: Json): ApplyOutcome {
    const context = this.#options.context();
    if (!isObject(prior)) {
      if (!isObject(planned) || !isObject(config)) return { done: true, resource: undefined };
      return applyCreate(kind, planned, config, context);
    }
    const before = this.#find(kind, prior);
    if (!isObject(planned) || !isObject(config)) {
      // Gone already: what Terraform wants is so.
      return before === undefined ? { done: true, resource: undefined } : applyDelete(kind, before, context);
    }
    if (before === undefined) {
      const detail = "Someone deleted it after Terraform had read it. Plan again.";
      return {
        done: false,
        violations: [{ path: [], summary: `Error updating ${kind.type}: Error 404: not found`, detail }],
      };
    }
    return applyUpdate(kind, before, { planned, config }, context);
  }

  #find({ type, schema, rules }: ResourceKind, state: JsonObject): StoredResource | undefined {
    const context = this.#options.context();
    return context.store.get(context.stack, type, rules.identity(toStored(schema, state), context));
  }

  #kind(type: string): ResourceKind | undefined {
    const known = this.#kinds.get(type);
    const rules = this.#options.rules.get(type);
    if (known !== undefined || rules === undefined) return known;
    const schema = this.#options.schemas.resource(type);
    if (schema === undefined) return undefined;
    const kind = { type, schema, rules };
    this.#kinds.set(type, kind);
    return kind;
  }

  #unplayed(type: string, operation: string): Diagnostic {
    return this.#options.schemas.resource(type) === undefined && !type.startsWith("data.")
      ? this.#unknown(type)
      : unplayedType(type, operation);
  }

  #unknown(type: string): Diagnostic {
    const { provider, version } = this.#options.schemas;
    return unknownType(type, provider, version);
  }

  #refused(state: Json, diagnostic: Diagnostic): StateAnswer {
    return { state, diagnostics: [diagnostic] };
  }

  /** A state; or, where a record does not fit its schema, what was there with the place that does not fit. */
  #shaped(otherwise: Json, state: () => Json): StateAnswer {
    try {
      return { state: state(), diagnostics: [] };
    } catch (error) {
      if (!(error instanceof ValueShapeError)) throw error;
      return this.#refused(otherwise, {
        severity: "error",
        summary: `The record does not fit its schema: ${error.message}`,
      });
    }
  }
}
