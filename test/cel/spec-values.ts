import {
  type CelInput,
  type CelValue,
  celList,
  celMap,
  celUint,
  isCelList,
  isCelMap,
  isCelType,
  isCelUint,
} from "@bufbuild/cel";
import type { Value } from "@bufbuild/cel-spec/cel/expr/value_pb.js";

/** A value of the conformance tests as CEL takes it; undefined for messages of Protocol Buffers, which claims never are. */
export function inputOf(value: Value | undefined): { readonly input: CelInput } | undefined {
  const kind = value?.kind;
  switch (kind?.case) {
    case "nullValue":
      return { input: null };
    case "boolValue":
    case "doubleValue":
    case "stringValue":
    case "int64Value":
    case "bytesValue":
      return { input: kind.value };
    case "uint64Value":
      return { input: celUint(kind.value) };
    case "listValue": {
      const items = kind.value.values.map(inputOf);
      return items.includes(undefined)
        ? undefined
        : { input: celList(items.flatMap((item) => (item ? [item.input] : []))) };
    }
    case "mapValue": {
      const entries = new Map<string | bigint | boolean, CelInput>();
      for (const { key, value: stated } of kind.value.entries) {
        const [name, content] = [inputOf(key)?.input, inputOf(stated)];
        if (
          content === undefined ||
          (typeof name !== "string" && typeof name !== "bigint" && typeof name !== "boolean")
        )
          return undefined;
        entries.set(name, content.input);
      }
      return { input: celMap(entries) };
    }
    default:
      return undefined;
  }
}

/** What a test expects, as text; undefined for messages. */
export function expectedText(value: Value | undefined): string | undefined {
  if (value?.kind.case === "typeValue") return `type ${value.kind.value}`;
  const read = inputOf(value);
  return read === undefined ? undefined : textOf(read.input);
}

/** A value as text, by which two of them are the same: its type and its content. */
export function textOf(value: CelValue | CelInput): string | undefined {
  if (value === null) return "null";
  if (typeof value === "boolean") return `bool ${value}`;
  if (typeof value === "bigint") return `int ${value}`;
  if (typeof value === "number") return `double ${Object.is(value, -0) ? 0 : value}`;
  if (typeof value === "string") return `string ${JSON.stringify(value)}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (isCelUint(value)) return `uint ${value.value}`;
  if (isCelType(value)) return `type ${value.name}`;
  if (isCelList(value)) return all("list", Array.from(value, textOf));
  if (isCelMap(value)) {
    const entries = Array.from(value.entries(), ([key, content]) => [textOf(key), textOf(content)]);
    return entries.flat().includes(undefined) ? undefined : all("map", entries.map((pair) => pair.join(": ")).sort());
  }
  return undefined;
}

const all = (kind: string, parts: readonly (string | undefined)[]): string | undefined =>
  parts.includes(undefined) ? undefined : `${kind} [${parts.join(", ")}]`;
