import { z } from "zod";
import { parseBoundedJson } from "./bounded-json";
import { TerraformConfigurationError } from "./configuration-error";
import type { Json, JsonObject } from "./resource";

/** A stack's Terraform JSON after its shape was checked; nothing in it is resolved yet. */
export interface TerraformConfiguration {
  readonly stack: string;
  readonly variables: ReadonlyMap<string, VariableDeclaration>;
  readonly locals: ReadonlyMap<string, Json>;
  readonly resources: readonly DeclaredBlock[];
  readonly dataSources: readonly DeclaredBlock[];
}

export interface VariableDeclaration {
  /** Terraform's type constraint, where one is stated. */
  readonly type?: string;
  /** Absent: whoever applies has to give a value. */
  readonly default?: Json;
}

/** A resource or data source as written. */
export interface DeclaredBlock {
  /** `TYPE.NAME`, or `data.TYPE.NAME`. */
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly constructPath?: string;
  /** Arguments, blocks and meta-arguments, without the comment "//". */
  readonly body: JsonObject;
}

const identifier = /^[A-Za-z_][A-Za-z0-9_-]*$/;

const json: z.ZodType<Json> = z.json();
const objectOfJson: z.ZodType<JsonObject> = z.record(z.string(), json);
const blocksByName = z.record(z.string().regex(identifier), objectOfJson);
const blocksByType = z.record(z.string().regex(identifier), blocksByName);

const variable = z.looseObject({ type: z.string().optional(), default: json.optional() });

const terraformJson = z.strictObject({
  "//": z.unknown().optional(),
  terraform: z.unknown().optional(),
  provider: z.unknown().optional(),
  output: z.unknown().optional(),
  variable: z.record(z.string().regex(identifier), variable).default({}),
  locals: objectOfJson.default({}),
  resource: blocksByType.default({}),
  data: blocksByType.default({}),
});

const comment = z.object({ metadata: z.object({ path: z.string() }) });

/**
 * Reads a stack's cdk.tf.json (Terraform's JSON configuration syntax, developer.hashicorp.com/terraform/language/syntax/json).
 * @param stack name of the stack, for messages and for `Resource.stack`
 * @throws {TerraformConfigurationError} naming the stack, the path in the JSON and what was expected there
 */
export function readTerraformJson(text: string, stack: string): TerraformConfiguration {
  const parsed = terraformJson.safeParse(parseBoundedJson(text, stack));
  if (!parsed.success) {
    const details = parsed.error.issues
      .slice(0, 5)
      .map(({ path, message }) => `${path.join(".") || "(top)"}: ${message}`);
    const hint = details.some((detail) => detail.includes('"module"'))
      ? '; modules: plan it, and give the output of "terraform show -json PLANFILE"'
      : "";
    throw new TerraformConfigurationError(
      `${stack}: not the Terraform JSON that is supported: ${details.join("; ")}${hint}`,
    );
  }
  const { variable: variables, locals, resource, data } = parsed.data;
  return {
    stack,
    variables: new Map(Object.entries(variables).map(([name, declared]) => [name, variableDeclaration(declared)])),
    locals: new Map(Object.entries(locals).filter(([name]) => name !== "//")),
    resources: declaredBlocks(resource, ""),
    dataSources: declaredBlocks(data, "data."),
  };
}

function variableDeclaration({ type, default: value }: z.output<typeof variable>): VariableDeclaration {
  return { ...(type === undefined ? {} : { type }), ...(value === undefined ? {} : { default: value }) };
}

function declaredBlocks(byType: z.output<typeof blocksByType>, prefix: string): DeclaredBlock[] {
  return Object.entries(byType).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, { "//": note, ...body }]): DeclaredBlock => {
      const metadata = comment.safeParse(note);
      return {
        address: `${prefix}${type}.${name}`,
        type,
        name,
        ...(metadata.success ? { constructPath: metadata.data.metadata.path } : {}),
        body,
      };
    }),
  );
}
