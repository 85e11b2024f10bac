import type { DeclaredBlock, TerraformConfiguration } from "./configuration";
import { TerraformConfigurationError } from "./configuration-error";
import { isList } from "./path";
import type { Json } from "./resource";
import { parseTemplate, type Reference, type TemplatePart, UnsupportedExpressionError } from "./template";

/** Meta-arguments that hold addresses or settings of Terraform itself, never templates. */
export const metaArguments: ReadonlySet<string> = new Set(["depends_on", "lifecycle", "provider"]);

/** Every reference in a value, keys of maps included. */
export function* referencesIn(value: Json, tolerant = false): Generator<Reference> {
  if (typeof value === "string") {
    for (const part of parts(value, tolerant)) if (part.kind === "reference") yield part.reference;
  } else if (typeof value === "object" && value !== null) {
    if (isList(value)) for (const item of value) yield* referencesIn(item, tolerant);
    else
      for (const [key, item] of Object.entries(value)) {
        yield* referencesIn(key, tolerant);
        yield* referencesIn(item, tolerant);
      }
  }
}

function parts(template: string, tolerant: boolean): readonly TemplatePart[] {
  try {
    return parseTemplate(template);
  } catch (error) {
    if (tolerant && error instanceof UnsupportedExpressionError) return [];
    throw error;
  }
}

/** The address of the block or local that a reference names; undefined for variables and for Terraform's own names. */
export function addressOf({ segments }: Reference): string | undefined {
  const [first, second, third] = segments;
  if (first === "data") return `data.${second}.${third}`;
  if (first === "local") return `local.${second}`;
  if (first === "var" || first === "path" || second === undefined) return undefined;
  return `${first}.${second}`;
}

/**
 * Resources, data sources and locals in an order in which each comes after all it refers to; otherwise as declared.
 * @param tolerant whether an expression that is not understood refers to nothing, in place of being refused
 * @throws {TerraformConfigurationError} naming the addresses of a cycle
 */
export function inDependencyOrder(
  configuration: TerraformConfiguration,
  tolerant = false,
): readonly (DeclaredBlock | LocalValue)[] {
  const nodes = new Map<string, DeclaredBlock | LocalValue>();
  for (const [name, value] of configuration.locals)
    nodes.set(`local.${name}`, { address: `local.${name}`, local: value });
  for (const block of [...configuration.dataSources, ...configuration.resources]) nodes.set(block.address, block);

  const ordered: (DeclaredBlock | LocalValue)[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (address: string, trail: readonly string[]): void => {
    const node = nodes.get(address);
    if (node === undefined || state.get(address) === "done") return;
    if (state.get(address) === "open") {
      const cycle = [...trail.slice(trail.indexOf(address)), address];
      throw new TerraformConfigurationError(
        `${configuration.stack}: these refer to one another: ${cycle.join(" -> ")}`,
      );
    }
    state.set(address, "open");
    for (const dependency of dependenciesOf(node, configuration.stack, tolerant))
      visit(dependency, [...trail, address]);
    state.set(address, "done");
    ordered.push(node);
  };
  for (const address of nodes.keys()) visit(address, []);
  return ordered;
}

export interface LocalValue {
  readonly address: string;
  readonly local: Json;
}

function dependenciesOf(node: DeclaredBlock | LocalValue, stack: string, tolerant: boolean): ReadonlySet<string> {
  const values =
    "local" in node
      ? [node.local]
      : Object.entries(node.body).map(([key, value]) => {
          if (key === "depends_on") return explicitDependencies(value);
          return metaArguments.has(key) ? null : value;
        });
  try {
    const references = values.flatMap((value) => [...referencesIn(value, tolerant)]);
    return new Set(references.flatMap((reference) => addressOf(reference) ?? []));
  } catch (error) {
    const problem = error instanceof Error ? error.message : "unreadable";
    throw new TerraformConfigurationError(`${stack}: ${node.address}: ${problem}`);
  }
}

/** depends_on takes addresses, which CDKTF also writes as templates; here all are templates. */
function explicitDependencies(value: Json): readonly Json[] {
  const addresses = typeof value === "object" && value !== null && isList(value) ? value : [];
  return addresses.map((address) =>
    typeof address === "string" && !address.startsWith("${") ? `\${${address}}` : address,
  );
}
