import type { JsonObject } from "../../analysis";
import type { ConfigurationReferences } from "../plan/configuration-references";
import type { ConstructPaths } from "../plan/construct-paths";
import type { PlannedAction, PlannedChange } from "../plan/plan-json";
import { reasonInWords } from "./action-reasons";
import { attributeChanges } from "./attribute-changes";
import type { Redactor } from "./redactor";
import type { ChangeAction, ReplaceOrder, ResourceChange } from "./resource-change";
import { mergeMarks } from "./sensitive-marks";
import type { ShownObject } from "./shown-value";

export interface ChangeReader {
  readonly stack: string;
  readonly redactor: Redactor;
  readonly constructPaths: ConstructPaths;
  readonly references: ConfigurationReferences;
}

const replaceOrders: Partial<Record<PlannedAction, ReplaceOrder>> = {
  "delete-then-create": "delete first",
  "create-then-delete": "create first",
  "create-then-forget": "old one kept",
};

/** One entry of `resource_changes` or `resource_drift` as the model has it. */
export function readChange(planned: PlannedChange, reader: ChangeReader): ResourceChange {
  const { redactor } = reader;
  const { change } = planned;
  const sensitive = mergeMarks(change.before_sensitive, change.after_sensitive);
  const references = reader.references.get(configurationAddress(planned.address));
  const shown = (
    values: JsonObject | null | undefined,
    unknown: typeof change.after_unknown,
  ): ShownObject | undefined =>
    values === null || values === undefined
      ? undefined
      : redactor.attributes(planned.type, values, { sensitive, unknown, references });
  const before = shown(change.before, undefined);
  const after = shown(change.after ?? (change.after_unknown === true ? {} : undefined), change.after_unknown);
  const replaceOrder = replaceOrders[change.actions];
  const reason = reasonInWords(planned.action_reason);
  const constructPath = constructPathOf(planned, reader.constructPaths);
  return {
    stack: reader.stack,
    address: redactor.name(planned.address),
    ...(planned.previous_address === undefined ? {} : { previousAddress: redactor.name(planned.previous_address) }),
    type: redactor.name(planned.type),
    mode: planned.mode,
    ...(planned.deposed === undefined ? {} : { deposed: redactor.name(planned.deposed) }),
    ...(constructPath === undefined ? {} : { constructPath: redactor.name(constructPath) }),
    action: actionOf(planned),
    ...(replaceOrder === undefined ? {} : { replaceOrder }),
    ...(reason === undefined ? {} : { reason }),
    ...(typeof change.importing?.id === "string" ? { importId: redactor.name(change.importing.id) } : {}),
    attributes: attributeChanges(planned.type, before, after, change.replace_paths ?? []),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function actionOf({ change, previous_address: previousAddress }: PlannedChange): ChangeAction {
  switch (change.actions) {
    case "no-op":
      if (change.importing !== null && change.importing !== undefined) return "import";
      return previousAddress === undefined ? "no-op" : "move";
    case "delete-then-create":
    case "create-then-delete":
    case "create-then-forget":
      return "replace";
    default:
      return change.actions;
  }
}

/** The address without instance keys, as in the configuration: `module.m["a.b"].t.n[0]` is `module.m.t.n`. */
export function configurationAddress(address: string): string {
  return address.replace(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, "");
}

/** Of the resource itself, else of the outermost module that it is in. */
function constructPathOf(
  { address, module_address: moduleAddress }: PlannedChange,
  paths: ConstructPaths,
): string | undefined {
  const itself = paths.get(configurationAddress(address));
  if (itself !== undefined || moduleAddress === undefined) return itself;
  const [outermost] = /^module\.[^.]+/.exec(configurationAddress(moduleAddress)) ?? [];
  return outermost === undefined ? undefined : paths.get(outermost);
}
