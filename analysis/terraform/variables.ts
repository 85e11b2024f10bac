import type { TerraformConfiguration, VariableDeclaration } from "./configuration";
import { TerraformConfigurationError } from "./configuration-error";
import type { Json } from "./resource";
import { unknownValue } from "./unknown-value";

/**
 * The value of every variable that the stack declares: what is given, else the default.
 * @param complete whether a variable without a value is an error; otherwise it stays unknown
 * @param missing what stands for a variable without a value
 * @throws {TerraformConfigurationError} naming the variable
 */
export function variableValues(
  { stack, variables }: TerraformConfiguration,
  given: Readonly<Record<string, string>>,
  complete: boolean,
  missing: (name: string) => Json | undefined = () => undefined,
): ReadonlyMap<string, Json> {
  return new Map(
    [...variables].map(([name, declaration]): [string, Json] => {
      const text = Object.hasOwn(given, name) ? given[name] : undefined;
      if (text !== undefined) return [name, converted(text, declaration, `${stack}: variable ${name}`)];
      if (declaration.default !== undefined) return [name, declaration.default];
      const standIn = missing(name);
      if (standIn !== undefined) return [name, standIn];
      if (complete)
        throw new TerraformConfigurationError(`${stack}: variable ${name} has neither a value nor a default`);
      return [name, unknownValue(`\${var.${name}}`)];
    }),
  );
}

function converted(text: string, { type = "string" }: VariableDeclaration, place: string): Json {
  switch (type) {
    case "string":
    case "any":
      return text;
    case "number":
      if (/^-?[0-9]+(\.[0-9]+)?$/.test(text)) return Number(text);
      throw new TerraformConfigurationError(`${place} is not a number`);
    case "bool":
      if (text === "true" || text === "false") return text === "true";
      throw new TerraformConfigurationError(`${place} is neither true nor false`);
    default:
      throw new TerraformConfigurationError(`${place} has the type ${type}; only string, number and bool can be given`);
  }
}
