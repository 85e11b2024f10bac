import { z } from "zod";

/**
 * Where the values of a plan come from: `configuration` in the output of `terraform show -json PLANFILE` keeps of each
 * expression only what it refers to. Source: developer.hashicorp.com/terraform/internals/json-format#configuration-representation.
 */

interface ConfigurationModule {
  readonly resources?: readonly { readonly address: string; readonly expressions?: unknown }[] | undefined;
  readonly module_calls?: Readonly<Record<string, z.output<typeof moduleCall>>> | undefined;
  readonly outputs?: Readonly<Record<string, z.output<typeof output>>> | undefined;
}

const expression = z.object({ references: z.array(z.string()) });
const output = z.object({ expression: z.unknown().optional() });
const moduleCall = z.object({
  expressions: z.record(z.string(), z.unknown()).optional(),
  module: z.lazy((): z.ZodType<ConfigurationModule> => moduleSchema).optional(),
});
const moduleSchema: z.ZodType<ConfigurationModule> = z.object({
  resources: z.array(z.object({ address: z.string(), expressions: z.unknown().optional() })).optional(),
  module_calls: z.record(z.string(), moduleCall).optional(),
  outputs: z.record(z.string(), output).optional(),
});
const configuration = z.object({
  root_module: moduleSchema.optional(),
  provider_config: z
    .record(
      z.string(),
      z.object({
        name: z.string(),
        module_address: z.string().optional(),
        alias: z.string().optional(),
        expressions: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
});

/** What an argument is made of. */
export interface Origin {
  /** As the configuration writes them, the most exact of each: `google_service_account.a.email`. */
  readonly references: readonly string[];
  /** The one resource attribute behind it, followed through variables and outputs of modules; undefined where there are several. */
  readonly only?: { readonly resource: string; readonly attribute: string };
}

const hops = 16;

/** Answers where arguments of a plan come from. What is not understood has no origin. */
export class PlanReferences {
  readonly #modules = new Map<string, ConfigurationModule>();
  /** Project of the `google` provider without an alias, where it is a constant. */
  readonly defaultProject: string | undefined;

  constructor(document: unknown) {
    const parsed = configuration.safeParse(document);
    const queue: [string, ConfigurationModule][] = parsed.data?.root_module ? [["", parsed.data.root_module]] : [];
    for (const [path, module] of queue) {
      this.#modules.set(path, module);
      for (const [name, call] of Object.entries(module.module_calls ?? {}))
        if (call.module !== undefined) queue.push([`${path}module.${name}.`, call.module]);
    }
    const project = Object.values(parsed.data?.provider_config ?? {}).find(
      ({ name, alias, module_address: module }) => name === "google" && alias === undefined && module === undefined,
    )?.expressions?.["project"];
    this.defaultProject = z.object({ constant_value: z.string() }).safeParse(project).data?.constant_value;
  }

  /** @param address of a resource, with its instance keys */
  originOf(address: string, argument: string): Origin {
    const scope = /^(?:module\.[^.[]+(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\])?\.)*/.exec(address)?.[0] ?? "";
    const module = withoutKeys(scope);
    const plain = withoutKeys(address).slice(module.length);
    const resource = this.#modules.get(module)?.resources?.find((one) => one.address === plain);
    const stated = z.record(z.string(), z.unknown()).safeParse(resource?.expressions).data?.[argument];
    const references = referencesOf(stated);
    const [first, ...more] = references;
    const only = first === undefined || more.length > 0 ? undefined : this.#follow(scope, first, hops);
    return { references, ...(only === undefined ? {} : { only }) };
  }

  /** @param scope module of the reference, with the keys that are known */
  #follow(scope: string, reference: string, left: number): Origin["only"] {
    if (left === 0) return undefined;
    const [root, name, attribute, ...rest] = segmentsOf(reference);
    if (root === undefined || name === undefined) return undefined;
    const next = (into: string, stated: unknown) => {
      const [only, ...more] = referencesOf(stated);
      return only === undefined || more.length > 0 ? undefined : this.#follow(into, only, left - 1);
    };
    if (root.name === "var") {
      const [, parent = "", call] = /^(.*?)module\.([^.[]+)(?:\[.*\])?\.$/.exec(lastModule(scope)) ?? [];
      if (call === undefined) return undefined;
      const above = scope.slice(0, scope.length - lastModule(scope).length) + parent;
      return next(above, this.#modules.get(withoutKeys(above))?.module_calls?.[call]?.expressions?.[name.name]);
    }
    if (root.name === "module" && attribute !== undefined) {
      const inner = `${scope}module.${name.name}${name.key}.`;
      return next(inner, this.#modules.get(withoutKeys(inner))?.outputs?.[attribute.name]?.expression);
    }
    if (/^(local|each|count|data|path|terraform|self)$/.test(root.name)) return undefined;
    if (attribute === undefined || attribute.key !== "" || rest.length > 0) return undefined;
    return { resource: `${scope}${root.name}.${name.name}${name.key}`, attribute: attribute.name };
  }
}

/** Whether an address is an instance of what another names, of which keys may be left out. */
export function isInstance(address: string, named: string): boolean {
  const [one, other] = [segmentsOf(address), segmentsOf(named)];
  return (
    one.length === other.length &&
    one.every(
      ({ name, key }, index) => name === other[index]?.name && (other[index].key === "" || other[index].key === key),
    )
  );
}

/** The names of an address or reference, each with its key in brackets or "". */
function segmentsOf(text: string): readonly { readonly name: string; readonly key: string }[] {
  return [...text.matchAll(/([A-Za-z0-9_-]+)(\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\])?(?:\.|$)/g)].map(
    ([, name = "", key = ""]) => ({
      name,
      key,
    }),
  );
}

/** The innermost module of a scope, `module.NAME[KEY].`. */
const lastModule = (scope: string): string =>
  /module\.[^.[]+(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\])?\.$/.exec(scope)?.[0] ?? "";

/** Terraform lists `a.b.c` and `a.b` both; the longer says it all. */
function referencesOf(stated: unknown): readonly string[] {
  const references = expression.safeParse(stated).data?.references ?? [];
  return references.filter(
    (one) => !references.some((other) => other !== one && (other.startsWith(`${one}.`) || other.startsWith(`${one}[`))),
  );
}

/** An address without the keys of instances: `module.a["x"].google_project.p[0]` as `module.a.google_project.p`. */
export const withoutKeys = (address: string): string => address.replace(/\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\]/g, "");
