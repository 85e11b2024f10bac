import { type CelValue, isCelList, isCelMap } from "@bufbuild/cel";
import type { CompiledExpression } from "../cel/expression";
import type { Expression } from "../cel/syntax";
import { translateCall } from "./calls";
import { quantified, within } from "./operators";
import {
  certain,
  error,
  given,
  joined,
  mapped,
  numberValue,
  type SymbolicRecord,
  type SymbolicValue,
  succeeds,
  textValue,
} from "./symbolic-value";
import { and, boolean, InexpressibleError, integer, no, real } from "./term";
import type { Universe } from "./universe";

/** What the names at the root of an expression stand for. */
export type Roots = Readonly<Record<string, SymbolicRecord>>;

/**
 * What a CEL expression gives, over all tokens at once: the same values and the same errors that the evaluator has for each.
 * A part that is not translated may have any value, which the universe notes.
 */
export function translate(universe: Universe, expression: CompiledExpression, roots: Roots): SymbolicValue {
  return new Translation(universe, expression, roots).visit(expression.syntax, new Map());
}

export type Locals = ReadonlyMap<string, SymbolicValue>;
type Kind<Case extends string> = Extract<Expression["exprKind"], { case: Case }>;
export type Call = Kind<"callExpr">["value"];

export class Translation {
  constructor(
    readonly universe: Universe,
    private readonly expression: CompiledExpression,
    private readonly roots: Roots,
  ) {}

  visit(node: Expression | undefined, locals: Locals): SymbolicValue {
    if (node === undefined) return error;
    this.universe.step();
    const kind = node.exprKind;
    if (isComposite(kind.case) && this.#isConstant(node)) return this.#constant(node);
    switch (kind.case) {
      case "constExpr":
        return this.#constant(node);
      case "identExpr":
        return locals.get(kind.value.name) ?? this.#root(kind.value.name);
      case "selectExpr":
        return this.member(this.visit(kind.value.operand, locals), kind.value.field);
      case "callExpr":
        return translateCall(this, kind.value, locals);
      case "listExpr":
        return listOf(kind.value.elements.map((element) => this.visit(element, locals)));
      case "structExpr":
        return this.#map(kind, locals);
      case "comprehensionExpr":
        return this.#comprehension(kind, locals);
      default:
        return error;
    }
  }

  /** `value.key`, or `value["key"]`. */
  member(value: SymbolicValue, key: string): SymbolicValue {
    return mapped(value, (content) => {
      if (content.kind === "record") return content.record.get(key);
      return content.kind === "opaque" ? this.universe.anything("a part of a map of which nothing is known") : error;
    });
  }

  /** A text that stands in the expression and is known before apply. */
  writtenText(node: Expression | undefined): string | undefined {
    const constant = node?.exprKind.case === "constExpr" ? node.exprKind.value.constantKind : undefined;
    return constant?.case === "stringValue" && this.universe.isKnown(constant.value) ? constant.value : undefined;
  }

  /** Whether an expression names nothing, so that it has one value for all tokens. */
  #isConstant(node: Expression | undefined): boolean {
    const kind = node?.exprKind;
    switch (kind?.case) {
      case "constExpr":
        return kind.value.constantKind.case !== "stringValue" || this.universe.isKnown(kind.value.constantKind.value);
      case "callExpr":
        return [...(kind.value.target === undefined ? [] : [kind.value.target]), ...kind.value.args].every((part) =>
          this.#isConstant(part),
        );
      case "listExpr":
        return kind.value.elements.every((element) => this.#isConstant(element));
      default:
        return false;
    }
  }

  #root(name: string): SymbolicValue {
    const record = Object.hasOwn(this.roots, name) ? this.roots[name] : undefined;
    return record === undefined ? this.universe.anything(`the name ${name}`) : certain({ kind: "record", record });
  }

  #constant(node: Expression): SymbolicValue {
    const result = this.expression.evaluateConstant(node);
    return result.ok ? this.#written(result.value) : error;
  }

  #written(value: CelValue): SymbolicValue {
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "boolean") return certain({ kind: "flag", value: boolean(value) });
    if (value === null) return certain({ kind: "null" });
    if (typeof value === "number" && Number.isFinite(value)) return numberValue(real(value));
    if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return numberValue(real(Number(value)));
    if (isCelList(value)) return listOf([...value].map((item) => this.#written(item)));
    return this.universe.anything(
      isCelMap(value) ? "a map made of nothing but constants" : "a constant of a rare type",
    );
  }

  #text(value: string): SymbolicValue {
    try {
      return textValue(this.universe.literal(value));
    } catch (problem) {
      if (problem instanceof InexpressibleError) return this.universe.anyText(problem.message);
      throw problem;
    }
  }

  /** Keys have to be written, so that looking one up is a choice between them. */
  #map({ value: { entries } }: Kind<"structExpr">, locals: Locals): SymbolicValue {
    const fields = new Map<string, SymbolicValue>();
    for (const { keyKind, value } of entries) {
      const key = keyKind.case === "mapKey" ? this.writtenText(keyKind.value) : undefined;
      if (key === undefined || fields.has(key))
        return this.universe.anything("a map whose keys are not distinct texts");
      fields.set(key, this.visit(value, locals));
    }
    const record: SymbolicRecord = {
      keys: [...fields.keys()],
      has: (key) => boolean(fields.has(key)),
      get: (key) => fields.get(key) ?? error,
    };
    return given(and(...[...fields.values()].map(succeeds)), certain({ kind: "record", record }));
  }

  #comprehension({ value }: Kind<"comprehensionExpr">, locals: Locals): SymbolicValue {
    const macro = predicateOf(value);
    return mapped(this.visit(value.iterRange, locals), (content) => {
      if (content.kind !== "list" && content.kind !== "record" && content.kind !== "opaque") return error;
      if (macro === undefined || content.kind !== "list")
        return this.universe.anything(macro === undefined ? "the macros map() and filter()" : "a macro over a map");
      const { list } = content;
      list.source?.witness();
      if (macro.kind === "exists_one") list.source?.witness();
      return quantified(
        macro.kind,
        list.elements.map((element, index) => ({
          active: within(list, index),
          value: this.visit(macro.predicate, new Map([...locals, [value.iterVar, element]])),
        })),
      );
    });
  }
}

/** An error in an element is an error of the whole. */
function listOf(elements: readonly SymbolicValue[]): SymbolicValue {
  const whole = and(...elements.map(succeeds));
  if (whole === no) return error;
  const list = { length: integer(elements.length), elements };
  return joined([{ when: whole, content: { kind: "list", list } }]);
}

const isComposite = (kind: string | undefined): boolean =>
  kind === "callExpr" || kind === "listExpr" || kind === "structExpr";

/** The predicate of exists(), all() or exists_one(), which the parser writes as a loop. */
function predicateOf({ loopStep, accuInit, accuVar }: Kind<"comprehensionExpr">["value"]) {
  const step = loopStep?.exprKind.case === "callExpr" ? loopStep.exprKind.value : undefined;
  const start = accuInit?.exprKind.case === "constExpr" ? accuInit.exprKind.value.constantKind.case : undefined;
  const [first, second] = step?.args ?? [];
  const accumulates = first?.exprKind.case === "identExpr" && first.exprKind.value.name === accuVar;
  if (start === "boolValue" && accumulates && step?.function === "_||_")
    return { kind: "exists" as const, predicate: second };
  if (start === "boolValue" && accumulates && step?.function === "_&&_")
    return { kind: "all" as const, predicate: second };
  if (start === "int64Value" && step?.function === "_?_:_") return { kind: "exists_one" as const, predicate: first };
  return undefined;
}
