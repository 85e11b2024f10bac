import { type CelInput, type CelResult, type CelValue, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { BoundedCache } from "./bounded-cache";
import { googleFunctions } from "./functions";
import { bracketDepth } from "./source-text";
import { checkExpression, type Expression, type Usage, type Vocabulary } from "./syntax";

/** Which names an expression may use, and how long it may be. */
export interface Dialect {
  readonly name: string;
  readonly vocabulary: Vocabulary;
  readonly characters: number;
}

export type Bindings = Readonly<Record<string, CelInput>>;

/** A value, or the error that CEL defines; never both, so that an error cannot pass for something true. */
export type Evaluation =
  | { readonly ok: true; readonly value: CelValue }
  | { readonly ok: false; readonly problem: string };

/** An expression that Google would accept. */
export interface CompiledExpression {
  readonly usage: Usage;
  /** The syntax tree, after has() was rewritten; not to be changed. */
  readonly syntax: Expression | undefined;
  /** The value of a part of the expression that reads nothing. */
  evaluateConstant(part: Expression): Evaluation;
  evaluate(bindings: Bindings): Evaluation;
}

export type Compilation =
  | { readonly ok: true; readonly expression: CompiledExpression }
  | { readonly ok: false; readonly problem: string };

const bracketLimit = 64;
const environment = celEnv({ funcs: googleFunctions });
const compiled = new BoundedCache<Compilation>(512);

/**
 * Parses and checks an expression; never throws. What is not offered by Google is a problem, also where the library
 * could evaluate it.
 * @returns `problem`: half a sentence that says what is wrong, about the expression, never about a credential
 */
export function compile(text: string, dialect: Dialect): Compilation {
  if (text.length > dialect.characters)
    return { ok: false, problem: `it is longer than ${dialect.characters} characters` };
  return compiled.get(`${dialect.name}\n${text}`, () => compileUncached(text, dialect));
}

function compileUncached(text: string, dialect: Dialect): Compilation {
  if (bracketDepth(text) > bracketLimit) return { ok: false, problem: `it nests brackets deeper than ${bracketLimit}` };
  try {
    const parsed = parse(text);
    const usage = checkExpression(parsed.expr, dialect.vocabulary);
    const run = plan(environment, parsed);
    return {
      ok: true,
      expression: {
        usage,
        syntax: parsed.expr,
        evaluate: (bindings) => evaluateSafely(() => run({ ...bindings })),
        evaluateConstant: (part) => evaluateSafely(() => plan(environment, { ...parsed, expr: part })({})),
      },
    };
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

function evaluateSafely(run: () => CelResult): Evaluation {
  try {
    const result = run();
    // The library returns errors as values, and an object is truthy.
    if (isCelError(result)) return { ok: false, problem: problemOf(result) };
    return { ok: true, value: result };
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  if (error instanceof RangeError) return "it is nested too deep";
  const message = error instanceof Error ? error.message : "it cannot be evaluated";
  return message.length > 200 ? `${message.slice(0, 200)}…` : message;
}
