import { Tokenization } from "cdktf";

const reference = /\$\{TfToken\[[^\]{}]*\]\}/g;

/** Whether the text is one whole reference of cdktf to what Terraform knows at apply time, and nothing beside it. */
export function isReference(text: string): boolean {
  // Synthesis runs without a type check.
  if (typeof text !== "string") return false;
  return /^\$\{TfToken\[[^\]{}]*\]\}$/.test(text) && withoutReferences(text) === "";
}

/** `TYPE.NAME.ATTRIBUTE` of a resource or a data source; a variable, a local value and a module's output have no such type. */
const idOfResource = /^(?:data\.)?[a-z0-9]+_[a-z0-9_]+\.[A-Za-z0-9_-]+\.(?:[a-z0-9_]+_)?(?:id|number)$/;

/**
 * Whether the text is a reference to an id that a resource has. What a person may write when deploying, a variable, is none; nor
 * is what a function makes of anything.
 */
export function isIdReference(text: string): boolean {
  if (!isReference(text)) return false;
  const [token, ...others] = Tokenization.reverseString(text).tokens;
  const identifier: unknown = token !== undefined && Reflect.get(token, "identifier");
  return others.length === 0 && typeof identifier === "string" && idOfResource.test(identifier);
}

/** The text without its references; as it is where something looks like one and is none. */
export function withoutReferences(text: string): string {
  try {
    Tokenization.reverseString(text);
    return text.replace(reference, "");
  } catch {
    return text;
  }
}
