import { isIdReference } from "./reference";

/** A value that only the cloud knows: a Terraform reference to an id that Google or Entra makes. */
export class ComputedId {
  readonly #reference: string;

  /** @throws ClaimValueError for anything but one reference to an id of a resource */
  constructor(reference: string) {
    if (!isIdReference(reference)) throw new ClaimValueError("expected a reference to an id that a resource has");
    this.#reference = reference;
  }

  get reference(): string {
    return this.#reference;
  }
}

/**
 * Marks a Terraform reference for use in a condition. What it stands for is put between the quotes at apply time and
 * cannot be escaped then, so it has to be an id that Google or Entra makes: an attribute of a resource whose name ends with
 * `id` or `number`. A variable, which a person may write, is refused.
 *
 * @throws ClaimValueError for anything else
 */
export const computedId = (reference: string): ComputedId => new ComputedId(reference);

/** A string, or a reference to an id. */
export type LiteralValue = string | ComputedId;

/** A claim was compared with a value that no token can carry. */
export class ClaimValueError extends Error {
  override readonly name = "ClaimValueError";
}

/**
 * Characters that stand for themselves. Left out are those that would end the literal (quote, backslash, line ends),
 * all but ASCII, and `{`: Terraform expands `${` and `%{` in any string, cdktf moreover `#{` and `&{`.
 */
const outsidePlain = /[^ !#$%&()*+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]/gu;

/** cdktf writes references to numbers as huge doubles, and looks for these in every string. */
const exponentOfDouble = /(?<=[0-9.])e(?=[+-]?[0-9]{3})/g;

/**
 * The value as a string literal of CEL: nothing it holds can end the literal, nor mean anything to Terraform or cdktf.
 *
 * @throws ClaimValueError for half a surrogate pair, which is no character
 */
export function celString(value: LiteralValue): string {
  if (typeof value !== "string" && !(value instanceof ComputedId)) throw new ClaimValueError("expected a text");
  if (value instanceof ComputedId) return `'${value.reference}'`;
  if (/\p{Cs}/u.test(value)) throw new ClaimValueError("expected well-formed Unicode, got half a surrogate pair");
  return `'${value.replace(outsidePlain, escaped).replace(exponentOfDouble, escaped)}'`;
}

function escaped(character: string): string {
  // Capitals: a small e between digits would look like an exponent, and be escaped once more.
  const digits = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return digits.length > 4 ? `\\U${digits.padStart(8, "0")}` : `\\u${digits.padStart(4, "0")}`;
}

/** Words that CEL keeps to itself, and so does not take after a dot. Source: github.com/cel-expr/cel-spec, langdef "Syntax". */
const reservedWords: ReadonlySet<string> = new Set(
  "as break const continue else false for function if import in let loop namespace null package return true var void while".split(
    " ",
  ),
);

/**
 * A claim's path as CEL reads it, with the test for its presence.
 *
 * @throws ClaimValueError for a part that is empty or not well formed
 */
export function celClaimPath(path: readonly [string, ...string[]]): {
  readonly expression: string;
  readonly presence: string;
} {
  let expression = "assertion";
  const tests: string[] = [];
  for (const part of path) {
    if (part === "") throw new ClaimValueError("expected the name of a claim, got none");
    const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(part) && !reservedWords.has(part);
    tests.push(plain ? `has(${expression}.${part})` : `${celString(part)} in ${expression}`);
    expression = plain ? `${expression}.${part}` : `${expression}[${celString(part)}]`;
  }
  return { expression, presence: tests.length === 1 ? (tests[0] ?? "") : `(${tests.join(" && ")})` };
}

/**
 * A template of `extract` as a literal: text with exactly one `{name}` in it.
 * Source: cloud.google.com/iam/docs/conditions-attribute-reference#extract.
 *
 * @throws ClaimValueError for anything else; a brace after $, %, # or & would mean something to Terraform or cdktf
 */
export function celTemplate(template: string): string {
  if (!/^(?:[A-Za-z0-9 _./:@=,;+-]*)\{[a-z_]{1,50}\}(?:[A-Za-z0-9 _./:@=,;+-]*)$/.test(template)) {
    throw new ClaimValueError("expected a template with exactly one {name}, such as /projects/{project}/");
  }
  return `'${template}'`;
}
