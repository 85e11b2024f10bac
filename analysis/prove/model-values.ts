/** A value as a solver prints it. */
export type ModelValue = string | number | boolean | { readonly symbol: string };

/**
 * The values of `((name value) (name value))`, in the order of the question; undefined where one is not of a form that is
 * read here, such as a number that is no decimal.
 */
export function readModelValues(output: string): readonly (ModelValue | undefined)[] {
  const [pairs] = expressionsOf(output);
  return isList(pairs) ? pairs.map((pair) => (isList(pair) ? modelValueOf(pair[1]) : undefined)) : [];
}

type Expression = { readonly text: string } | { readonly atom: string } | readonly Expression[];

const isList = (expression: Expression | undefined): expression is readonly Expression[] => Array.isArray(expression);

function modelValueOf(expression: Expression | undefined): ModelValue | undefined {
  if (expression === undefined) return undefined;
  if (isList(expression)) return quotient(expression);
  if ("text" in expression) return expression.text;
  if (expression.atom === "true" || expression.atom === "false") return expression.atom === "true";
  return /^[0-9]+(\.[0-9]+)?$/.test(expression.atom) ? Number(expression.atom) : { symbol: expression.atom };
}

/** `(- 5)` and `(/ 1.0 2.0)`. */
function quotient([operator, left, right]: readonly Expression[]): number | undefined {
  const [a, b] = [modelValueOf(left), modelValueOf(right)];
  const sign = operator !== undefined && "atom" in operator ? operator.atom : undefined;
  if (sign === "-" && typeof a === "number" && right === undefined) return -a;
  return sign === "/" && typeof a === "number" && typeof b === "number" ? a / b : undefined;
}

function expressionsOf(source: string): readonly Expression[] {
  const open: Expression[][] = [[]];
  for (const [, begin, end, text, atom] of source.matchAll(/(\()|(\))|"((?:[^"]|"")*)"|([^\s()"]+)/g)) {
    if (begin !== undefined) open.push([]);
    else if (end !== undefined) {
      const closed = open.pop() ?? [];
      if (open.length === 0) break;
      open.at(-1)?.push(closed);
    } else open.at(-1)?.push(atom === undefined ? { text: unescaped(text ?? "") } : { atom });
  }
  return open[0] ?? [];
}

const unescaped = (text: string): string =>
  text
    .replaceAll('""', '"')
    .replace(
      /\\u(?:\{([0-9a-fA-F]{1,5})\}|([0-9a-fA-F]{4}))/g,
      (_, braced: string | undefined, plain: string | undefined) =>
        String.fromCodePoint(Number.parseInt(braced ?? plain ?? "0", 16)),
    );
