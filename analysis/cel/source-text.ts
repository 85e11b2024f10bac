/**
 * The text of a CEL expression, looked at without parsing: where strings and comments are, how deep brackets nest, and
 * where the top-level `&&` stand. Only for naming parts as written; what an expression means is the parser's to say.
 */

/** Positions outside strings and comments, each with the depth of brackets around it. */
function* codePositions(text: string): Generator<{ readonly at: number; readonly depth: number }> {
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") {
      at = afterString(text, at);
      continue;
    }
    if (text.startsWith("//", at)) {
      const newline = text.indexOf("\n", at);
      at = newline === -1 ? text.length : newline;
      continue;
    }
    if (")]}".includes(character)) depth -= 1;
    yield { at, depth };
    if ("([{".includes(character)) depth += 1;
    at += 1;
  }
}

function afterString(text: string, start: number): number {
  const quote = text.charAt(start);
  const delimiter = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  const raw = /[rR][bB]?$/.test(text.slice(Math.max(0, start - 2), start));
  let at = start + delimiter.length;
  while (at < text.length) {
    if (text.startsWith(delimiter, at)) return at + delimiter.length;
    at += !raw && text.charAt(at) === "\\" ? 2 : 1;
  }
  return text.length;
}

/** How deep brackets nest. */
export function bracketDepth(text: string): number {
  let deepest = 0;
  for (const { at, depth } of codePositions(text))
    if ("([{".includes(text.charAt(at))) deepest = Math.max(deepest, depth + 1);
  return deepest;
}

/**
 * The conjuncts of an expression, as written: what its outermost `&&` join, brackets around the whole put aside.
 * One that is no conjunction is its own only conjunct.
 */
export function conjuncts(text: string): readonly string[] {
  const inner = withoutOuterBrackets(text.trim());
  const cuts: number[] = [];
  for (const { at, depth } of codePositions(inner)) {
    if (depth !== 0) continue;
    // `||` and `?:` bind less tightly than `&&`: the whole is then no conjunction.
    if (inner.startsWith("||", at) || inner.charAt(at) === "?") return [text.trim()];
    if (inner.startsWith("&&", at)) cuts.push(at);
  }
  if (cuts.length === 0) return [text.trim()];
  return [...cuts, inner.length].map((cut, index) =>
    inner.slice(index === 0 ? 0 : (cuts[index - 1] ?? 0) + 2, cut).trim(),
  );
}

function withoutOuterBrackets(text: string): string {
  if (!text.startsWith("(")) return text;
  for (const { at, depth } of codePositions(text)) {
    if (at > 0 && depth === 0) {
      return at === text.length - 1 && text.charAt(at) === ")" ? withoutOuterBrackets(text.slice(1, -1).trim()) : text;
    }
  }
  return text;
}
