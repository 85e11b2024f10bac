/**
 * What a Markdown renderer reads as something else than code: the text without its code spans (CommonMark 6.1: a run of
 * backticks up to the next run of the same length).
 */
export function outsideCodeSpans(markdown: string): string {
  let rest = markdown;
  let outside = "";
  for (;;) {
    const opening = /`+/.exec(rest);
    if (opening === null) return outside + rest;
    const [fence] = opening;
    const from = opening.index + fence.length;
    const closing = [...rest.slice(from).matchAll(/`+/g)].find(([run]) => run === fence);
    outside += `${rest.slice(0, opening.index)}CODE`;
    if (closing === undefined) return outside + rest.slice(from);
    rest = rest.slice(from + closing.index + fence.length);
  }
}
