/** A template: text, one identifier in braces, text. */
export const extractionTemplate = /^([^{}]*)\{[A-Za-z0-9_]+\}([^{}]*)$/;

/**
 * Google's `extract()`: the part of a text that stands where the identifier stands in the template.
 *
 * | prefix | suffix | value |
 * |---|---|---|
 * | - | - | the whole text |
 * | yes | - | what follows the first occurrence of the prefix |
 * | - | yes | what precedes the first occurrence of the suffix |
 * | yes | yes | what stands between the first prefix and the first suffix after it |
 *
 * Empty where prefix or suffix do not occur.
 * Source: cloud.google.com/iam/docs/conditions-attribute-reference#extract.
 * @throws {Error} for a template without exactly one identifier of letters, digits and underscores
 */
export function extract(text: string, template: string): string {
  const match = extractionTemplate.exec(template);
  if (match === null)
    throw new Error("extract() takes a template with one {identifier} of letters, digits and underscores");
  const [, prefix = "", suffix = ""] = match;
  return partBetween(text, prefix, suffix);
}

/** What stands between the first prefix and the first suffix after it; empty where one of them does not occur. */
export function partBetween(text: string, prefix: string, suffix: string): string {
  const prefixAt = text.indexOf(prefix);
  if (prefixAt === -1) return "";
  const start = prefixAt + prefix.length;
  if (suffix === "") return text.slice(start);
  const end = text.indexOf(suffix, start);
  return end === -1 ? "" : text.slice(start, end);
}
