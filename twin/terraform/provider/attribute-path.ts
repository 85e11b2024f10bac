import type { AttributePath, PathStep } from "../protocol";
import type { AttributeType, BlockSchema } from "../schema";

/**
 * A path of the rules as Terraform has it. Between a block and what is in it stands a position, also where the rules leave
 * it out. Elements of sets have no position, so a path ends at the set.
 * @returns as much of the path as the schema has
 */
export function attributePath(schema: BlockSchema, path: readonly (string | number)[]): AttributePath {
  const [name, ...rest] = path;
  if (typeof name !== "string") return [];
  const attribute = schema.attributes[name];
  if (attribute !== undefined) return [{ attributeName: name }, ...stepsInto(attribute.type, rest)];
  const nested = schema.blocks[name];
  if (nested === undefined) return [];
  const step: PathStep = { attributeName: name };
  const [position, ...inner] = rest;
  const deeper = typeof position === "number" ? inner : rest;
  if (rest.length === 0 || nested.nesting === "set") return [step];
  if (nested.nesting === "single") return [step, ...attributePath(nested.block, deeper)];
  return [step, { elementKeyInt: typeof position === "number" ? position : 0 }, ...attributePath(nested.block, deeper)];
}

function stepsInto(type: AttributeType, [key, ...rest]: readonly (string | number)[]): AttributePath {
  if (key === undefined || typeof type === "string") return [];
  const [kind, inner] = type;
  if (kind === "list" && typeof key === "number") return [{ elementKeyInt: key }, ...stepsInto(inner, rest)];
  if (kind === "map" && typeof key === "string") return [{ elementKeyString: key }, ...stepsInto(inner, rest)];
  if (kind === "object" && typeof key === "string") {
    const field = inner[key];
    return field === undefined ? [] : [{ attributeName: key }, ...stepsInto(field, rest)];
  }
  return [];
}
