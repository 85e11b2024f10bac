import type { Expression } from "./syntax";

/** The text literals of an expression, in its order. */
export function textsIn(node: Expression | undefined): readonly string[] {
  const kind = node?.exprKind;
  switch (kind?.case) {
    case "constExpr": {
      const { constantKind } = kind.value;
      return constantKind.case === "stringValue" ? [constantKind.value] : [];
    }
    case "selectExpr":
      return textsIn(kind.value.operand);
    case "callExpr":
      return [kind.value.target, ...kind.value.args].flatMap(textsIn);
    case "listExpr":
      return kind.value.elements.flatMap(textsIn);
    case "structExpr":
      return kind.value.entries.flatMap(({ keyKind, value }) => [
        ...(keyKind.case === "mapKey" ? textsIn(keyKind.value) : []),
        ...textsIn(value),
      ]);
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      return [iterRange, accuInit, loopCondition, loopStep, result].flatMap(textsIn);
    }
    default:
      return [];
  }
}
