import { TerraformStack, Testing } from "cdktf";
import { z } from "zod";

/** For tests: what a stack becomes. */

const block = z.record(z.string(), z.unknown());
export type Block = z.output<typeof block>;
const terraformJson = z.object({ resource: z.record(z.string(), z.record(z.string(), block)).default({}) });

export interface SynthesizedResource {
  /** `TYPE.NAME` */
  readonly address: string;
  readonly values: Block;
}

export class Synthesized {
  readonly #resources: ReadonlyMap<string, readonly SynthesizedResource[]>;

  constructor(text: string) {
    const { resource } = terraformJson.parse(JSON.parse(text));
    this.#resources = new Map(
      Object.entries(resource).map(([type, named]) => [
        type,
        Object.entries(named).map(([name, values]) => ({ address: `${type}.${name}`, values })),
      ]),
    );
  }

  all(): readonly SynthesizedResource[] {
    return [...this.#resources.values()].flat();
  }

  ofType(type: string): readonly Block[] {
    return (this.#resources.get(type) ?? []).map(({ values }) => values);
  }

  /** The only resource of the type. */
  only(type: string): Block {
    const [first, ...others] = this.ofType(type);
    if (first === undefined || others.length > 0)
      throw new Error(`expected one ${type}, found ${this.ofType(type).length}`);
    return first;
  }

  /** The resource of the type with this `name`. */
  named(type: string, name: string): Block {
    const found = this.ofType(type).find((values) => values["name"] === name);
    if (found === undefined) throw new Error(`no ${type} named ${name}`);
    return found;
  }

  /** Addresses of the resources that this one refers to or waits for. */
  referencesOf({ values }: SynthesizedResource): readonly string[] {
    const text = JSON.stringify(values);
    return this.all()
      .map(({ address }) => address)
      .filter((address) => new RegExp(`\\b${address.replace(".", "\\.")}\\b(?!-)`).test(text));
  }
}

/** Synthesizes a stack named `test` with what `build` puts into it. */
export function synthesize(build: (stack: TerraformStack) => void): Synthesized {
  const stack = new TerraformStack(Testing.app(), "test");
  build(stack);
  return new Synthesized(Testing.synth(stack));
}

/** An expression as Terraform reads it in a string. */
export const reference = (expression: string): string => `$\{${expression}}`;

/** A block that CDKTF writes as an object or as a list of one. */
export function blockOf(values: Block, name: string): Block {
  const value = values[name];
  return block.parse(Array.isArray(value) ? value[0] : value);
}

export function blocksOf(values: Block, name: string): readonly Block[] {
  return z.array(block).parse(values[name] ?? []);
}
