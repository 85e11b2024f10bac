import { Tokenization } from "cdktf";

const reference = /\$\{TfToken\[[^\]{}]*\]\}/g;

/** Whether the text is one whole reference of cdktf to what Terraform knows at apply time, and nothing beside it. */
export function isReference(text: string): boolean {
  return /^\$\{TfToken\[[^\]{}]*\]\}$/.test(text) && withoutReferences(text) === "";
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
