import { Testing } from "cdktf";
import { z } from "zod";
import { EnvironmentStack } from "../../environments/environment-stack";
import { type EnvironmentName, environmentNames, loadEnvironment } from "../../environments/load";

const block = z.record(z.string(), z.unknown());
export type Block = z.output<typeof block>;

const stackSchema = z.looseObject({ resource: z.record(z.string(), z.record(z.string(), block)), terraform: block });

/** What an environment becomes, as Terraform reads it. */
export class SynthesizedEnvironment {
  readonly text: string;
  readonly #stack: z.output<typeof stackSchema>;

  constructor(readonly name: EnvironmentName) {
    this.text = Testing.synth(new EnvironmentStack(Testing.app(), loadEnvironment(name)));
    this.#stack = stackSchema.parse(JSON.parse(this.text));
  }

  get terraform(): Block {
    return this.#stack.terraform;
  }

  /** Resource types that the environment declares. */
  get types(): readonly string[] {
    return Object.keys(this.#stack.resource);
  }

  /** Resources by address, `TYPE.NAME`; of one type, or of all. */
  resources(type?: string): ReadonlyMap<string, Block> {
    return new Map(
      this.types
        .filter((each) => type === undefined || each === type)
        .flatMap((each) =>
          Object.entries(this.#stack.resource[each] ?? {}).map(([name, values]): [string, Block] => [
            `${each}.${name}`,
            values,
          ]),
        ),
    );
  }

  ofType(type: string): readonly Block[] {
    return [...this.resources(type).values()];
  }
}

/** All environments, each with its name for the title of a test. */
export const synthesizedEnvironments = (): readonly { name: EnvironmentName; environment: SynthesizedEnvironment }[] =>
  environmentNames.map((name) => ({ name, environment: new SynthesizedEnvironment(name) }));

/** A block that may be written as an object or as a list of one. */
export function blockOf(values: Block, name: string): Block {
  const value = values[name];
  return block.parse(Array.isArray(value) ? value[0] : value);
}

export function blocksOf(values: Block, name: string): readonly Block[] {
  return z.array(block).parse(values[name] ?? []);
}

export const textOf = (values: Block, name: string): string => z.string().parse(values[name]);

export const textsOf = (values: Block, name: string): readonly string[] =>
  z.array(z.string()).parse(values[name] ?? []);

/** Addresses that a value refers to, in references and in depends_on. */
export function referencesIn(value: unknown, addresses: Iterable<string>): readonly string[] {
  const words = new Set(JSON.stringify(value).match(/[a-z]\w*\.[A-Za-z_][\w-]*/g) ?? []);
  return [...addresses].filter((address) => words.has(address));
}

/** The document that a Cloud Run service gives its handler. */
export function handlerConfigOf(service: Block): Block {
  const [container] = blocksOf(blockOf(service, "template"), "containers");
  const variables = container === undefined ? [] : blocksOf(container, "env");
  const config = variables.find((variable) => variable["name"] === "KEYLESS_CONFIG");
  return block.parse(JSON.parse(textOf(config ?? {}, "value")));
}
