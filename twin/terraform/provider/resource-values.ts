import type { JsonObject } from "../../../analysis";
import { withDefaults } from "../rules/defaults";
import type { RuleContext } from "../rules/resource-rules";
import type { ResourceKind } from "./resource-kind";
import { toStored } from "./wire-form";

/** Arguments that the provider's own configuration fills in. */
export const placementArguments = ["project", "region", "zone"] as const;
/** What a provider block says of them. */
export type Placement = Readonly<Partial<Record<(typeof placementArguments)[number], string>>>;

/** Values on the wire, with the defaults of the provider and of its configuration for arguments left out. */
export function withProviderDefaults(
  { schema, rules }: ResourceKind,
  wire: JsonObject,
  placement: Placement,
): JsonObject {
  const placed = placementArguments.flatMap((name) => {
    const attribute = schema.attributes[name];
    const filledIn = attribute?.optional === true && attribute.computed === true && (wire[name] ?? null) === null;
    const value = placement[name];
    return filledIn && value !== undefined ? [[name, value]] : [];
  });
  return withDefaults(rules, { ...wire, ...Object.fromEntries(placed) });
}

/**
 * The arguments among planned values, in stored form: what the configuration states, defaults included. Attributes that
 * only stay from before are not among them.
 */
export function argumentsOf({ schema, rules }: ResourceKind, planned: JsonObject, config: JsonObject): JsonObject {
  const stated = Object.entries(planned).filter(([name]) => {
    if (schema.attributes[name]?.computed !== true) return true;
    if ((config[name] ?? null) !== null) return true;
    return Object.hasOwn(rules.defaults ?? {}, name) || placementArguments.some((argument) => argument === name);
  });
  return toStored(schema, Object.fromEntries(stated));
}

/** Attributes that the cloud gives for these arguments; ids that it invented before stay. */
export function computedValues(
  { rules }: ResourceKind,
  values: JsonObject,
  before: JsonObject | undefined,
  context: RuleContext,
): JsonObject {
  const invented = (rules.invented ?? []).flatMap((name) => {
    const value = before?.[name];
    return value === undefined || value === null ? [] : [[name, value]];
  });
  return rules.computed({ ...Object.fromEntries(invented), ...values }, context);
}
