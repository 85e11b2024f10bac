/** A name that a CEL expression starts a selection from, and its place: 1 is the first character. */
export interface RootName {
  readonly name: string;
  readonly column: number;
}

/** String literals of CEL: raw ones know no escapes; three quotes come before one. Source: github.com/cel-expr/cel-spec, langdef "Syntax". */
const rawLiteral = /(?<!\w)(?:[rR][bB]?|[bB][rR])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')/;
const plainLiteral =
  /(?:(?<!\w)[bB])?(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/;
const comment = /\/\/[^\n]*/;
const notCode = new RegExp([rawLiteral, plainLiteral, comment].map(({ source }) => source).join("|"), "g");
const macroVariable = /\.(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,/g;
const keywords: ReadonlySet<string> = new Set(["true", "false", "null", "in"]);

/**
 * The names that an expression reads from outside: neither fields after a dot, nor functions, nor variables of its own
 * macros. For refusing what Google does not offer; the analysis evaluates expressions.
 */
export function rootNames(expression: string): readonly RootName[] {
  const code = expression.replace(notCode, (found) => " ".repeat(found.length));
  const own = new Set([...code.matchAll(macroVariable)].map(([, name]) => name));
  return [...code.matchAll(/(?<![\w.])(?<!\.\s*)([A-Za-z_]\w*)(?!\w)(?!\s*\()/g)].flatMap(({ 1: name = "", index }) =>
    keywords.has(name) || own.has(name) ? [] : [{ name, column: index + 1 }],
  );
}
