import { Token, Tokenization } from "cdktf";
import type { Construct } from "constructs";
import { PropertyError } from "../federation/property-error";

/**
 * A handler's configuration as the JSON text of `KEYLESS_CONFIG`.
 *
 * String values may hold Terraform tokens; the text then has `${...}` inside its strings and becomes the final JSON
 * when Terraform fills them in, as long as what is filled in has no quote, backslash or line break (names, ids,
 * e-mails and numbers have none; a PEM file does). Plain references instead of `jsonencode` keep the text readable
 * for the access analysis and the twin.
 *
 * @throws PropertyError for what JSON cannot hold, for tokens of other types than string, and for a literal
 *   `${` or `%{`, which Terraform would run as a template
 */
export function handlerConfigJson(construct: Construct, config: Record<string, unknown>): string {
  check(construct, "config", config);
  return JSON.stringify(config);
}

function check(construct: Construct, path: string, value: unknown): void {
  switch (typeof value) {
    case "string":
      checkText(construct, path, value);
      return;
    case "boolean":
      return;
    case "number":
      if (Token.isUnresolved(value)) {
        throw new PropertyError(
          construct.node.path,
          path,
          "a number token",
          "expected a string: write Token.asString(...)",
        );
      }
      if (!Number.isFinite(value))
        throw new PropertyError(construct.node.path, path, String(value), "expected a finite number");
      return;
    case "object":
      if (value !== null) checkParts(construct, path, value);
      return;
    default:
      throw new PropertyError(construct.node.path, path, typeof value, "expected a value that JSON can hold");
  }
}

function checkText(construct: Construct, path: string, text: string): void {
  const literals = Tokenization.reverseString(text).literals;
  if (literals.some((literal) => /[$%]\{/.test(String(literal)))) {
    throw new PropertyError(
      construct.node.path,
      path,
      text,
      "expected no literal ${ or %{: pass a Terraform token for a reference",
    );
  }
}

function checkParts(construct: Construct, path: string, value: object): void {
  if (Token.isUnresolved(value)) {
    throw new PropertyError(
      construct.node.path,
      path,
      "a token",
      "expected strings: a list or map that Terraform fills in is no JSON",
    );
  }
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      check(construct, `${path}[${index}]`, item);
    });
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new PropertyError(construct.node.path, path, value.constructor.name, "expected a value that JSON can hold");
  }
  for (const [key, item] of Object.entries(value)) {
    checkText(construct, `${path}, a key`, key);
    check(construct, `${path}.${key}`, item);
  }
}
