import type { DeclaredBlock, TerraformConfiguration } from "./configuration";
import { TerraformConfigurationError } from "./configuration-error";
import { isList, valueAt } from "./path";
import type { Json, JsonObject, Resource } from "./resource";
import { addressOf, inDependencyOrder, metaArguments } from "./resource-graph";
import { parseTemplate, type Reference, UnsupportedExpressionError } from "./template";
import { isUnknown, unknownValue } from "./unknown-value";
import type { UnresolvedOrigin } from "./unresolved";
import { variableValues } from "./variables";

export interface ResolveOptions {
  /** Values of Terraform variables, as text; a declared type of number or bool is converted. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Attributes that only the cloud knows, of a resource or data source whose arguments are resolved. What the
   * declaration states wins. Without this function such values stay unknown (see `isUnknown`).
   */
  readonly computed?: (resource: Resource) => JsonObject;
  /**
   * What stands for a value that neither is stated nor computed, or that an expression makes which is not evaluated here.
   * Without this function it is unknown, or an error.
   */
  readonly standIn?: (reference: string, origin: UnresolvedOrigin) => string;
}

/** Terraform's paths on the machine that applies: left as they are written. */
const machinePaths = new Set(["module", "root", "cwd"]);
/** Terraform itself resolves what is not resolved here. */
const planned = 'plan it, and give the output of "terraform show -json PLANFILE"';
const textLimit = 1_048_576;
const unsupportedMetaArguments = ["count", "for_each", "dynamic"];

/**
 * The managed resources of a stack in dependency order, each with its references replaced by values.
 * @throws {TerraformConfigurationError} for an expression, reference, variable or meta-argument that cannot be resolved
 */
export function resolveConfiguration(configuration: TerraformConfiguration, options: ResolveOptions): Resource[] {
  const resolver = new Resolver(configuration, options);
  return inDependencyOrder(configuration, options.standIn !== undefined).flatMap((node) => {
    if ("local" in node) {
      resolver.resolveLocal(node.address, node.local);
      return [];
    }
    const resource = resolver.resolveBlock(node);
    return configuration.dataSources.includes(node) ? [] : [resource];
  });
}

class Resolver {
  readonly #known = new Map<string, Json>();
  readonly #variables: ReadonlyMap<string, Json>;

  constructor(
    private readonly configuration: TerraformConfiguration,
    private readonly options: ResolveOptions,
  ) {
    const { computed, standIn, variables = {} } = options;
    const missing = (name: string) => standIn?.(`\${var.${name}}`, "input");
    this.#variables = variableValues(configuration, variables, computed !== undefined, missing);
  }

  resolveLocal(address: string, value: Json): void {
    this.#known.set(address, this.#resolve(value, address));
  }

  resolveBlock(block: DeclaredBlock): Resource {
    for (const name of unsupportedMetaArguments) {
      if (block.body[name] !== undefined) throw this.#failure(block.address, `${name} is not supported; ${planned}`);
    }
    const stated: [string, Json][] = [];
    for (const [key, value] of Object.entries(block.body)) {
      // null is Terraform's way to say that an argument is not set, so the cloud's value shows through.
      if (metaArguments.has(key)) stated.push([key, value]);
      else if (value !== null) stated.push([key, this.#resolve(value, `${block.address}.${key}`)]);
    }
    const { address, type, name, constructPath } = block;
    const identity = {
      stack: this.configuration.stack,
      address,
      type,
      name,
      ...(constructPath === undefined ? {} : { constructPath }),
    };
    const declared: Resource = { ...identity, values: Object.fromEntries(stated) };
    const computed = this.options.computed?.(declared) ?? {};
    const resource: Resource = { ...identity, values: Object.fromEntries([...Object.entries(computed), ...stated]) };
    this.#known.set(address, resource.values);
    return resource;
  }

  #resolve(value: Json, place: string): Json {
    if (typeof value === "string") return this.#resolveTemplate(value, place);
    if (typeof value !== "object" || value === null) return value;
    if (isList(value)) return value.map((item, position) => this.#resolve(item, `${place}[${position}]`));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const name = this.#resolveTemplate(key, place);
        if (typeof name !== "string") throw this.#failure(place, `the key ${key} is not known before apply`);
        return [name, this.#resolve(item, `${place}.${name}`)];
      }),
    );
  }

  #resolveTemplate(template: string, place: string): Json {
    const parts = this.#parse(template, place);
    // What an expression makes of its parts is not guessed: whoever applies gives it.
    if (parts === undefined) return this.options.standIn?.(template.slice(0, 200), "input") ?? unknownValue(template);
    const [first] = parts;
    if (parts.length === 1 && first?.kind === "reference") return this.#lookUp(first.reference, place);
    let text = "";
    for (const part of parts) {
      if (part.kind === "text") {
        text += part.text;
        continue;
      }
      const value = this.#lookUp(part.reference, place);
      if (isUnknown(value)) return unknownValue(template);
      if (value === null || typeof value === "object") {
        throw this.#failure(
          place,
          `${part.reference.text} is not text, a number or a truth value, and so cannot be part of a text`,
        );
      }
      text += String(value);
      // Locals that double one another would grow without end.
      if (text.length > textLimit) throw this.#failure(place, `the text is longer than ${textLimit} characters`);
    }
    return text;
  }

  #parse(template: string, place: string) {
    try {
      return parseTemplate(template);
    } catch (error) {
      if (this.options.standIn !== undefined && error instanceof UnsupportedExpressionError) return undefined;
      throw this.#failure(place, error instanceof Error ? error.message : "unreadable template");
    }
  }

  #lookUp(reference: Reference, place: string): Json {
    const { segments, text } = reference;
    const [root, second] = segments;
    if (root === "path" && typeof second === "string" && machinePaths.has(second) && segments.length === 2) return text;
    // A provisioner's own resource: known when the provisioner runs, which for one at destruction is much later.
    if (root === "self" && place.includes(".provisioner[")) return text;
    const [from, path] = this.#origin(reference, place);
    if (from === undefined) throw this.#failure(place, `${text} refers to what this stack does not declare`);
    if (isUnknown(from)) return unknownValue(text);
    const value = valueAt(from, path);
    if (value !== undefined) return value;
    // What lies below an unknown value is unknown as well.
    const { standIn } = this.options;
    if (standIn !== undefined && root !== "var" && root !== "local")
      return standIn(text, root === "data" ? "input" : "cloud");
    const unknownAbove = path.some((_, length) => isUnknown(valueAt(from, path.slice(0, length))));
    const ofCloud = this.options.computed === undefined && root !== "var" && root !== "local";
    if (unknownAbove || ofCloud) return unknownValue(text);
    throw this.#failure(
      place,
      `${text} has no value: neither the declaration of ${segments.slice(0, -path.length).join(".")} nor the cloud gives ${path.join(".")}`,
    );
  }

  /** What a reference starts from, and the path from there on. */
  #origin(reference: Reference, place: string): [Json | undefined, readonly (string | number)[]] {
    const { segments, text } = reference;
    if (segments[0] === "var") return [this.#variables.get(String(segments[1])), segments.slice(2)];
    const address = addressOf(reference);
    if (address === undefined) throw this.#failure(place, `${text} is not a reference that is supported`);
    const path = segments.slice(address.split(".").length);
    if (!address.startsWith("local.") && typeof path[0] === "number")
      throw this.#failure(place, `${text}: count and for_each are not supported; ${planned}`);
    return [this.#known.get(address), path];
  }

  #failure(place: string, problem: string): TerraformConfigurationError {
    return new TerraformConfigurationError(`${this.configuration.stack}: ${place}: ${problem}`);
  }
}
