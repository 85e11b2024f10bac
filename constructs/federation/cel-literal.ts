/** A value that only the cloud knows: a Terraform reference to an id that Google or Entra makes. */
export class ComputedId {
  readonly #reference: string;

  constructor(reference: string) {
    this.#reference = reference;
  }

  get reference(): string {
    return this.#reference;
  }
}

/**
 * Marks a Terraform reference for use in a condition. What it stands for is put between the quotes at apply time and
 * cannot be escaped then, so use it only for ids made by Google or Entra, never for what a person may write.
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
  if (value instanceof ComputedId) return `'${value.reference}'`;
  if (/\p{Cs}/u.test(value)) throw new ClaimValueError("expected well-formed Unicode, got half a surrogate pair");
  return `'${value.replace(outsidePlain, escaped).replace(exponentOfDouble, escaped)}'`;
}

function escaped(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return point > 0xffff ? `\\U${point.toString(16).padStart(8, "0")}` : `\\u${point.toString(16).padStart(4, "0")}`;
}
