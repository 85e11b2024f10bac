/**
 * Terraform's string templates, as far as CDKTF writes them: literal text and references. Functions, operators,
 * conditionals and directives are refused by name, because a guess at their value would be a guess at who has access.
 * Source: developer.hashicorp.com/terraform/language/expressions/strings and .../references.
 */

/** A reference: the names and indices of `a.b[0]["c"]`, in order. */
export interface Reference {
  readonly segments: readonly (string | number)[];
  /** The template it was written as, with `${` and `}`. */
  readonly text: string;
}

export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reference"; readonly reference: Reference };

export class UnsupportedExpressionError extends Error {
  override readonly name = "UnsupportedExpressionError";
}

/**
 * The parts of a template string; `$${` and `%%{` become `${` and `%{`.
 * @throws {UnsupportedExpressionError} with the expression as written
 */
export function parseTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = "";
  let position = 0;
  while (position < template.length) {
    if (template.startsWith("$${", position) || template.startsWith("%%{", position)) {
      text += template.slice(position + 1, position + 3);
      position += 3;
    } else if (template.startsWith("%{", position)) {
      throw new UnsupportedExpressionError(`the directive ${excerpt(template, position)} is not supported`);
    } else if (template.startsWith("${", position)) {
      if (text !== "") parts.push({ kind: "text", text });
      text = "";
      const reference = parseReference(template, position);
      parts.push({ kind: "reference", reference });
      position += reference.text.length;
    } else {
      text += template[position];
      position += 1;
    }
  }
  if (text !== "" || parts.length === 0) parts.push({ kind: "text", text });
  return parts;
}

const name = /[A-Za-z_][A-Za-z0-9_-]*/y;
const attribute = /\s*\.\s*([A-Za-z_][A-Za-z0-9_-]*|[0-9]+)/y;
const index = /\s*\[\s*(?:([0-9]+)|"((?:[^"\\$%]|\\["\\])*)")\s*\]/y;
const end = /\s*\}/y;

function parseReference(template: string, start: number): Reference {
  let position = start + 2;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(template);
    if (match !== null) position = pattern.lastIndex;
    return match;
  };
  take(/\s*/y);
  const root = take(name);
  if (root === null) throw notSupported(template, start);
  const segments: (string | number)[] = [root[0]];
  while (take(end) === null) {
    const step = take(attribute)?.[1];
    if (step !== undefined) {
      segments.push(/^[0-9]/.test(step) ? Number(step) : step);
      continue;
    }
    const bracket = take(index);
    if (bracket === null) throw notSupported(template, start);
    segments.push(bracket[1] === undefined ? (bracket[2] ?? "").replace(/\\(["\\])/g, "$1") : Number(bracket[1]));
  }
  return { segments, text: template.slice(start, position) };
}

function notSupported(template: string, start: number): UnsupportedExpressionError {
  return new UnsupportedExpressionError(
    `the expression ${excerpt(template, start)} is not supported; only references are`,
  );
}

function excerpt(template: string, start: number): string {
  const close = template.indexOf("}", start);
  const whole = template.slice(start, close === -1 ? undefined : close + 1);
  return whole.length > 80 ? `${whole.slice(0, 80)}…` : whole;
}
