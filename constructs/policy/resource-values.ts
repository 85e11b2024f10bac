import { DefaultTokenResolver, StringConcat, type TerraformResource, type TerraformStack, Tokenization } from "cdktf";
import type { IConstruct } from "constructs";
import { type Block, blocksOf, isBlock } from "./terraform-block";

/**
 * What the resource becomes, with its overrides. References to other resources stand in it as Terraform writes them,
 * `${google_service_account.x.member}`; what is computed late, during the synthesis, stands as the text that it becomes.
 */
export function valuesOf(resource: TerraformResource): Block {
  return plainMember(resource) ?? written(resource);
}

/** Role and member of a binding without condition and overrides, which most are: writing each out would take a tenth of the synthesis. */
function plainMember(resource: TerraformResource): Block | undefined {
  if (!resource.terraformResourceType.endsWith("_iam_member")) return undefined;
  const overrides: unknown = Reflect.get(resource, "rawOverrides");
  if (!isBlock(overrides) || Object.keys(overrides).length > 0) return undefined;
  if (Reflect.get(resource, "conditionInput") !== undefined) return undefined;
  const role = asWritten(Reflect.get(resource, "roleInput"));
  const member = asWritten(Reflect.get(resource, "memberInput"));
  return role === undefined || member === undefined ? undefined : { role, member };
}

/** A text as Terraform reads it, where all that is computed in it are references. */
function asWritten(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  if (!text.includes("TfToken[")) return text;
  let written = text;
  for (const token of Tokenization.reverseString(text).tokens) {
    const identifier: unknown = Reflect.get(token, "identifier");
    if (typeof identifier !== "string") return undefined;
    written = written.replace(String(token), `\${${identifier}}`);
  }
  return written.includes("TfToken[") ? undefined : written;
}

function written(resource: TerraformResource): Block {
  const json = resolved(resource, resource.toTerraform());
  const [[, named] = []] = Object.entries(blockAt(json, "resource"));
  const [[, values] = []] = Object.entries(isBlock(named) ? named : {});
  return isBlock(values) ? values : {};
}

/** Resources that somebody wrote into the stack's JSON past all constructs; each level may be a list of blocks. */
export function rawResources(stack: TerraformStack): readonly (readonly [type: string, values: Block])[] {
  const raw: unknown = Reflect.get(stack, "rawOverrides");
  if (!isBlock(raw) || raw["resource"] === undefined) return [];
  const json = resolved(stack, raw);
  return blocksOf(isBlock(json) ? json : {}, "resource").flatMap((types) =>
    Object.keys(types).flatMap((type) =>
      blocksOf(types, type).flatMap((named) =>
        Object.keys(named).flatMap((name) => blocksOf(named, name).map((values) => [type, values] as const)),
      ),
    ),
  );
}

/** Blocks that no rule reads: they hold the longest texts. */
const unread: ReadonlySet<string> = new Set([
  "env",
  "volumes",
  "workforce_identity_settings",
  "attribute_mapping",
  "oidc",
]);

/**
 * Tokens as what they become. Most are references, whose text is known; only the rest is left to cdktf, which would take as long for
 * the whole resource as for writing it out.
 */
function resolved(scope: IConstruct, value: unknown): unknown {
  if (typeof value === "string") return asWritten(value) ?? resolvedByCdktf(scope, value);
  if (typeof value !== "object" || value === null) return value;
  if (Tokenization.isResolvable(value)) return resolvedByCdktf(scope, value);
  if (!Array.isArray(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, unread.has(name) ? inner : resolved(scope, inner)]),
    );
  // A list that is computed as a whole.
  if (value.some((item) => typeof item === "string" && item.startsWith("#{TfToken[")))
    return resolvedByCdktf(scope, value);
  return value.map((item) => resolved(scope, item));
}

function resolvedByCdktf(scope: IConstruct, value: unknown): unknown {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return Tokenization.resolve(value, { scope, preparing: false, resolver });
}

function blockAt(value: unknown, name: string): Block {
  const inner = isBlock(value) ? value[name] : undefined;
  return isBlock(inner) ? inner : {};
}
