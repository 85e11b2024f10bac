import type { parse } from "@bufbuild/cel";
import { allowedFunctions } from "./functions";

/** A node of the syntax tree of a CEL expression. */
export type Expression = ReturnType<typeof parse>["expr"];

/** The names that expressions of one kind may use: a root, and below it any field or only those listed. */
export type Vocabulary = Readonly<Record<string, "any" | readonly string[]>>;

const typeNames: ReadonlySet<string> = new Set([
  "int",
  "uint",
  "double",
  "bool",
  "string",
  "bytes",
  "list",
  "map",
  "null_type",
  "type",
]);
/** Google admits at most 12 in an IAM condition; counted for whoever applies that rule. */
const logicalOperators: ReadonlySet<string> = new Set(["_&&_", "_||_", "!_"]);

/** What an expression uses. */
export interface Usage {
  /** Fields read below a root, `assertion.ref` or `assertion["ref"]`, as `assertion.ref`; in the order of the text. */
  readonly fields: readonly string[];
  readonly logicalOperators: number;
}

export class ExpressionRefusedError extends Error {
  override readonly name = "ExpressionRefusedError";
}

/**
 * Checks what a parsed expression uses against what Google offers, and rewrites `has(a.b)` to `"b" in a`, because the
 * library takes a claim whose value is null for absent.
 * @throws {ExpressionRefusedError} naming what is not offered
 */
export function checkExpression(root: Expression, vocabulary: Vocabulary): Usage {
  const check = new ExpressionCheck(vocabulary);
  check.visit(root, noLocals, false);
  return { fields: [...check.fields], logicalOperators: check.logicalOperators };
}

type Locals = ReadonlySet<string>;
type Kind<Case extends string> = Extract<Expression["exprKind"], { case: Case }>;
const noLocals: Locals = new Set();

const refuse = (problem: string): never => {
  throw new ExpressionRefusedError(problem);
};

class ExpressionCheck {
  readonly fields = new Set<string>();
  logicalOperators = 0;

  constructor(private readonly vocabulary: Vocabulary) {}

  /**
   * @param locals variables of the macro around the node
   * @param inMacro whether a macro is around it
   */
  visit(node: Expression | undefined, locals: Locals, inMacro: boolean): void {
    const kind = node?.exprKind;
    switch (kind?.case) {
      case "constExpr":
        break;
      case "identExpr":
        this.#visitName(kind.value.name, locals);
        break;
      case "selectExpr": {
        const { operand, field, testOnly } = kind.value;
        this.#visitMember(operand, field, locals, inMacro);
        if (testOnly && node !== undefined && operand !== undefined) node.exprKind = membership(node, field, operand);
        break;
      }
      case "callExpr":
        this.#visitCall(kind, locals, inMacro);
        break;
      case "listExpr":
        if (kind.value.optionalIndices.length > 0) refuse("it uses optional values");
        for (const element of kind.value.elements) this.visit(element, locals, inMacro);
        break;
      case "structExpr":
        this.#visitMap(kind, locals, inMacro);
        break;
      case "comprehensionExpr":
        this.#visitComprehension(kind, locals, inMacro);
        break;
      default:
        refuse("it is incomplete");
    }
  }

  #visitCall({ value: { function: called, target, args } }: Kind<"callExpr">, locals: Locals, inMacro: boolean): void {
    if (!allowedFunctions.has(called)) refuse(`it uses ${called}(), which Google does not offer`);
    if (logicalOperators.has(called)) this.logicalOperators += 1;
    // A pattern that comes from the credential could be made to cost much time.
    if (called === "matches" && args.at(-1)?.exprKind.case !== "constExpr") {
      refuse("it gives matches() a pattern that is not a literal");
    }
    const [first, second] = args;
    if (called === "_[_]" && second?.exprKind.case === "constExpr") {
      const key = second.exprKind.value.constantKind;
      if (key.case === "stringValue") {
        this.#visitMember(first, key.value, locals, inMacro);
        return;
      }
    }
    if (target !== undefined) this.visit(target, locals, inMacro);
    for (const argument of args) this.visit(argument, locals, inMacro);
  }

  #visitMap({ value: { messageName, entries } }: Kind<"structExpr">, locals: Locals, inMacro: boolean): void {
    if (messageName !== "") refuse(`it makes a message ${messageName}`);
    for (const { keyKind, value, optionalEntry } of entries) {
      if (optionalEntry) refuse("it uses optional values");
      if (keyKind.case === "mapKey") this.visit(keyKind.value, locals, inMacro);
      this.visit(value, locals, inMacro);
    }
  }

  #visitComprehension({ value }: Kind<"comprehensionExpr">, locals: Locals, inMacro: boolean): void {
    const { iterVar, iterVar2, accuVar, iterRange, accuInit, loopCondition, loopStep, result } = value;
    // Each level multiplies the work by the size of a claim, which whoever makes the credential chooses.
    if (inMacro) refuse("it has a macro inside a macro, which is not evaluated here");
    if (iterVar2 !== "") refuse("it uses a macro with two variables");
    if (Object.hasOwn(this.vocabulary, iterVar)) refuse(`it takes ${iterVar} as the name of a variable`);
    this.visit(iterRange, locals, inMacro);
    this.visit(accuInit, locals, inMacro);
    const inside = new Set([...locals, iterVar, accuVar]);
    for (const part of [loopCondition, loopStep, result]) this.visit(part, inside, true);
  }

  #visitName(name: string, locals: Locals): void {
    if (locals.has(name) || typeNames.has(name)) return;
    const offered = this.#offered(name);
    if (offered !== "any") refuse(`it uses ${name} as a whole`);
  }

  #visitMember(operand: Expression | undefined, field: string, locals: Locals, inMacro: boolean): void {
    if (operand?.exprKind.case !== "identExpr" || locals.has(operand.exprKind.value.name)) {
      this.visit(operand, locals, inMacro);
      return;
    }
    const root = operand.exprKind.value.name;
    const offered = this.#offered(root);
    if (offered !== "any" && !offered.includes(field)) refuse(`it uses ${root}.${field}, which is not known here`);
    this.fields.add(`${root}.${field}`);
  }

  #offered(root: string): "any" | readonly string[] {
    const offered = Object.hasOwn(this.vocabulary, root) ? this.vocabulary[root] : undefined;
    return offered ?? refuse(`it uses ${root}, which is not known here`);
  }
}

/** `"field" in operand` in place of `has(operand.field)`. */
function membership(node: Expression, field: string, operand: Expression): Expression["exprKind"] {
  const key: Expression = {
    $typeName: "cel.expr.Expr",
    id: node.id,
    exprKind: {
      case: "constExpr",
      value: { $typeName: "cel.expr.Constant", constantKind: { case: "stringValue", value: field } },
    },
  };
  return { case: "callExpr", value: { $typeName: "cel.expr.Expr.Call", function: "@in", args: [key, operand] } };
}
