/**
 * Characters that show as something else than they are, or as nothing: controls and line breaks, format characters (bidi
 * overrides, zero-width joiners, tags, soft hyphen), surrogates, private use, spaces other than the space, and whatever
 * Unicode says to leave out of view (fillers, variation selectors). Trojan Source (CVE-2021-42574) and look-alike role names live on them.
 */
const deceptive = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

const names: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text with such characters as `\n`, `\t` or `\u{202e}`. */
export function visibleText(text: string): string {
  return text.replace(deceptive, (character) => names[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/**
 * At most `limit` characters, never half of a pair, beginning and end: what was added at the end of a condition is not to
 * be lost. Says how many were left out.
 */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = [...text];
  const left = characters.length - limit;
  if (left <= 0) return text;
  const head = Math.ceil((limit * 2) / 3);
  const tail = characters.slice(characters.length - (limit - head)).join("");
  return `${characters.slice(0, head).join("")}… (${left} more characters) …${tail}`;
}
