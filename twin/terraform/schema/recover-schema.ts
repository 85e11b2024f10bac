import type { AttributeSchema, AttributeType, BlockSchema, NestedBlockSchema } from "./block-schema";

/** What a generated class stands for. */
export interface RecoveredSchema {
  readonly kind: "resource" | "data-source" | "provider";
  /** Terraform's name of the type. */
  readonly type: string;
  readonly providerVersion: string;
  readonly schema: BlockSchema;
}

const kinds = {
  TerraformResource: "resource",
  TerraformDataSource: "data-source",
  TerraformProvider: "provider",
} as const;

/** Members as the generator writes them; `name - computed: …` carries Terraform's name and flags. */
const classStart = /^export class (\w+) extends cdktf\.(\w+)/gm;
const member =
  /\/\/ (\S+) - computed: (true|false), optional: (true|false), required: (true|false)\n([\s\S]*?)(?=\n {2}\/\/ \S+ - computed: |\n {2}\/\/ ===|$)/g;
const interfaceText = /^export interface (\w+)[^{\n]*\{\n([\s\S]*?)^\}/gm;
const blockNote = /^ {2}\* (\S+) block$/gm;
const hclFunction = /^export function (\w+)ToHclTerraform\([\s\S]*?^\}/gm;
const hclEntry = /^ +(\w+): \{\n +value: .*\n +isBlock: (?:true|false),\n +type: "(\w+)"/gm;

/**
 * Recovers the schema from the generated text of one resource, data source or provider: names, types, required, optional
 * and computed, blocks and how they nest. What Terraform's schema does not hold is not there either: ForceNew, defaults,
 * validation, and what is sensitive.
 * @returns undefined for a text without such a class
 * @throws {Error} naming the attribute whose text has a form that is not known
 */
export function recoverSchema(text: string): RecoveredSchema | undefined {
  const source = new GeneratedSource(text);
  const main = source.mainClass;
  if (main === undefined) return undefined;
  const type = /tfResourceType = "(\w+)"/.exec(main.text)?.[1];
  const providerVersion = /providerVersion: '([^']+)'/.exec(main.text)?.[1];
  if (type === undefined || providerVersion === undefined) {
    throw new Error(`The generated class ${main.name} states no type or no provider version`);
  }
  return { kind: main.kind, type, providerVersion, schema: source.block(main.text, `${main.name}Config`, main.text) };
}

class GeneratedSource {
  readonly mainClass:
    | { readonly name: string; readonly kind: RecoveredSchema["kind"]; readonly text: string }
    | undefined;
  readonly #classes = new Map<string, string>();
  /** Names of the arguments that the documentation of an interface calls blocks. */
  readonly #blocks = new Map<string, ReadonlySet<string>>();
  readonly #hclFunctions = new Map<string, string>();

  constructor(text: string) {
    const starts = [...text.matchAll(classStart)];
    for (const [index, start] of starts.entries()) {
      const [, name = "", base = ""] = start;
      const body = text.slice(start.index, starts[index + 1]?.index ?? text.length);
      this.#classes.set(name, body);
      const kind = Object.entries(kinds).find(([known]) => known === base)?.[1];
      if (kind !== undefined) this.mainClass = { name, kind, text: body };
    }
    for (const [, name = "", body = ""] of text.matchAll(interfaceText)) {
      this.#blocks.set(name, new Set([...body.matchAll(blockNote)].map(([, block = ""]) => block)));
    }
    for (const [body, name = ""] of text.matchAll(hclFunction)) this.#hclFunctions.set(name.toLowerCase(), body);
  }

  /** @param hcl where the generator says how each block nests */
  block(classText: string, interfaceName: string, hcl: string): BlockSchema {
    const blockNames = this.#blocks.get(interfaceName) ?? new Set();
    const nestings = new Map([...hcl.matchAll(hclEntry)].map(([, name = "", nesting = ""]) => [name, nesting]));
    const attributes: Record<string, AttributeSchema> = {};
    const blocks: Record<string, NestedBlockSchema> = {};
    for (const [, name = "", computed, optional, required, text = ""] of classText.matchAll(member)) {
      if (blockNames.has(name)) {
        blocks[name] = this.#nestedBlock(text, nestings.get(name), required === "true");
      } else {
        attributes[name] = {
          type: this.#typeOf(text, name),
          ...(required === "true" ? { required: true } : {}),
          ...(optional === "true" ? { optional: true } : {}),
          ...(computed === "true" ? { computed: true } : {}),
        };
      }
    }
    return { attributes, blocks };
  }

  #nestedBlock(text: string, nesting: string | undefined, required: boolean): NestedBlockSchema {
    const { struct, single } = structOf(text);
    const block = this.#struct(struct);
    const minItems = required ? 1 : 0;
    if (nesting === "struct") return { nesting: "single", minItems, maxItems: 0, block };
    return { nesting: nesting === "set" ? "set" : "list", minItems, maxItems: single ? 1 : 0, block };
  }

  #struct(struct: string): BlockSchema {
    const text = this.#classes.get(`${struct}OutputReference`);
    if (text !== undefined) return this.block(text, struct, this.#hclFunctions.get(struct.toLowerCase()) ?? "");
    // The provider's own blocks have no class; their arguments are simple.
    return this.#structWithoutClass(struct);
  }

  #structWithoutClass(struct: string): BlockSchema {
    const hcl = this.#hclFunctions.get(struct.toLowerCase());
    if (hcl === undefined) throw new Error(`Nothing generated describes ${struct}`);
    const simple = /^ +(\w+): \{\n +value: .*\n +isBlock: false,\n +type: "simple",\n +storageClassType: "(\w+)"/gm;
    const attributes = [...hcl.matchAll(simple)].map(([, name = "", storage = ""]): [string, AttributeSchema] => [
      name,
      { type: storage === "boolean" ? "bool" : storage === "number" ? "number" : "string", optional: true },
    ]);
    return { attributes: Object.fromEntries(attributes), blocks: {} };
  }

  #typeOf(text: string, name: string): AttributeType {
    const simple = simpleType(text);
    if (simple !== undefined) return simple;
    const { struct, set } = structOf(text, name);
    const { attributes, blocks } = this.#struct(struct);
    const fields = Object.entries(attributes).map(([field, { type }]): [string, AttributeType] => [field, type]);
    const nested = Object.entries(blocks).map(([field, block]): [string, AttributeType] => [field, objectType(block)]);
    return [set ? "set" : "list", ["object", Object.fromEntries([...fields, ...nested])]];
  }
}

function objectType({ nesting, block }: NestedBlockSchema): AttributeType {
  const fields = Object.entries(block.attributes).map(([name, { type }]): [string, AttributeType] => [name, type]);
  const nested = Object.entries(block.blocks).map(([name, inner]): [string, AttributeType] => [
    name,
    objectType(inner),
  ]);
  const object: AttributeType = ["object", Object.fromEntries([...fields, ...nested])];
  return nesting === "single" ? object : [nesting, object];
}

const primitives: Readonly<Record<string, AttributeType>> = { String: "string", Number: "number", Boolean: "bool" };

/** How a getter reads an attribute of a simple type, or how the provider's class holds it. */
const forms: readonly (readonly [RegExp, (match: RegExpExecArray) => AttributeType | undefined])[] = [
  [/tolist\(this\.getListAttribute\(/, () => ["set", "string"]],
  [/tolist\(this\.getNumberListAttribute\(/, () => ["set", "number"]],
  [/this\.get(String|Number|Boolean)Attribute\(/, ([, kind = ""]) => primitives[kind]],
  [/this\.getListAttribute\(/, () => ["list", "string"]],
  [/this\.getNumberListAttribute\(/, () => ["list", "number"]],
  [/this\.get(String|Number|Boolean)MapAttribute\(/, ([, kind = ""]) => mapOf(primitives[kind])],
  [/new cdktf\.(String|Number|Boolean)Map\(/, ([, kind = ""]) => mapOf(primitives[kind])],
  [/new cdktf\.StringMapList\(/, () => ["list", ["map", "string"]]],
  [/private _\w+\?: string;/, () => "string"],
  [/private _\w+\?: number;/, () => "number"],
  [/private _\w+\?: boolean/, () => "bool"],
  [/private _\w+\?: string\[\]/, () => ["list", "string"]],
  [/private _\w+\?: \{ \[key: string\]: string \}/, () => ["map", "string"]],
];

function mapOf(element: AttributeType | undefined): AttributeType | undefined {
  return element === undefined ? undefined : ["map", element];
}

function simpleType(text: string): AttributeType | undefined {
  for (const [form, type] of forms) {
    const match = form.exec(text);
    if (match !== null) return type(match);
  }
  return undefined;
}

/** The struct that a block or a nested attribute holds: once, or in a list or set. */
function structOf(
  text: string,
  name = "",
): { readonly struct: string; readonly single: boolean; readonly set: boolean } {
  const single = /new (\w+)OutputReference\(this/.exec(text);
  if (single?.[1] !== undefined) return { struct: single[1], single: true, set: false };
  const many = /new (\w+)List\(this, "[^"]+", (true|false)\)/.exec(text);
  if (many?.[1] !== undefined) return { struct: many[1], single: false, set: many[2] === "true" };
  const field = /private _\w+\?: (\w+)\[\]/.exec(text);
  if (field?.[1] !== undefined) return { struct: field[1], single: false, set: false };
  throw new Error(`The generated text of ${name} has a form that is not known: ${text.slice(0, 120)}`);
}
