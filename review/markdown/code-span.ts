import { shorten, visibleText } from "../text/visible-text";

/** Characters of one name or value that are shown at most. */
export const nameCharacters = 240;

/**
 * Untrusted text as a Markdown code span, the one place where neither mentions, references, links, images, HTML nor
 * emphasis are looked for (CommonMark 6.1; GitHub's filters pass over code). Line breaks and deceptive characters are made
 * visible first, backticks are outnumbered by the fence, and pipes are escaped as a table cell needs it (GFM 4.10).
 */
export function codeSpan(text: string, limit = nameCharacters): string {
  const shown = visibleText(shorten(text, limit));
  if (shown === "") return '`""`';
  const longestRun = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  const padding = /^`|`$|^ .*[^ ].* $/.test(shown) ? " " : "";
  return `${fence}${padding}${shown}${padding}${fence}`;
}

/**
 * A code span inside a table. A backslash right before a pipe is written out, since renderers disagree on what it escapes.
 */
export function cellSpan(text: string, limit = nameCharacters): string {
  return codeSpan(text.replace(/\\(?=\\*\|)/g, "\\u{5c}"), limit).replaceAll("|", "\\|");
}
