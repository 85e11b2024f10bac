import type { Expression } from "../cel/syntax";
import { conjunction, disjunction, equality, member, negation, ordering, within } from "./operators";
import { extractText, matches, onTexts, splitPiece, textTest, writtenText } from "./string-functions";
import {
  type Content,
  certain,
  either,
  error,
  flagValue,
  given,
  joined,
  mapped,
  mappedPair,
  numberValue,
  type SymbolicRecord,
  type SymbolicValue,
  textValue,
  truthOf,
} from "./symbolic-value";
import { and, apply, choose, or, real, type Term, text, yes } from "./term";
import { concat, contains, lengthOf, sameText } from "./text-terms";
import type { Call, Locals, Translation } from "./translate";

/** Calls of functions and operators, by the names that the parser gives them. */
export function translateCall(translation: Translation, call: Call, locals: Locals): SymbolicValue {
  const operator = Object.hasOwn(operators, call.function) ? operators[call.function] : undefined;
  if (operator !== undefined) return operator(translation, call, locals);
  return translation.universe.anything(`the function ${call.function.replace(/^_(.+)_$/, "$1")}`);
}

type Operator = (translation: Translation, call: Call, locals: Locals) => SymbolicValue;

const argument = (index: number) => (translation: Translation, call: Call, locals: Locals) =>
  translation.visit(call.args[index], locals);
const [first, second, third] = [argument(0), argument(1), argument(2)];
/** The receiver, or the first argument of a function that is called without one. */
const receiver: Operator = (translation, call, locals) => translation.visit(call.target ?? call.args[0], locals);
const pair =
  (make: (translation: Translation, left: SymbolicValue, right: SymbolicValue) => SymbolicValue): Operator =>
  (translation, call, locals) =>
    make(translation, first(translation, call, locals), second(translation, call, locals));

const comparison =
  (operator: "<" | "<=" | ">" | ">="): Operator =>
  (translation, call, locals) =>
    sizeComparison(translation, call, locals, (left, right) => ordering(translation.universe, operator, left, right)) ??
    ordering(translation.universe, operator, first(translation, call, locals), second(translation, call, locals));

const equalityCall: Operator = (translation, call, locals) =>
  sizeComparison(translation, call, locals, (left, right) => equality(translation.universe, left, right)) ??
  equality(translation.universe, first(translation, call, locals), second(translation, call, locals));

const operators: Readonly<Record<string, Operator>> = {
  "_&&_": pair((_, left, right) => conjunction(left, right)),
  "_||_": pair((_, left, right) => disjunction(left, right)),
  "!_": (translation, call, locals) => negation(first(translation, call, locals)),
  "_==_": equalityCall,
  "_!=_": (translation, call, locals) => negation(equalityCall(translation, call, locals)),
  "_<_": comparison("<"),
  "_<=_": comparison("<="),
  "_>_": comparison(">"),
  "_>=_": comparison(">="),
  "_?_:_": (translation, call, locals) => {
    const { isTrue, isFalse } = truthOf(first(translation, call, locals));
    const chosen = either(isTrue, second(translation, call, locals), third(translation, call, locals));
    return given(or(isTrue, isFalse), chosen);
  },
  "_+_": pair((translation, left, right) =>
    mappedPair(left, right, (a, b) => {
      if (a.kind === "text" && b.kind === "text") return textValue(concat(a.value, b.value));
      return a.kind === "text" || b.kind === "text" ? error : translation.universe.anything("a sum");
    }),
  ),
  "_[_]": (translation, call, locals) => splitCall(translation, call, locals) ?? index(translation, call, locals),
  "@in": (translation, call, locals) => wordOfText(translation, call, locals) ?? membership(translation, call, locals),
  size: (translation, call, locals) =>
    mapped(receiver(translation, call, locals), (content) => sizeOf(translation, content)),
  matches: (translation, call, locals) => {
    const pattern = translation.writtenText(call.args.at(-1));
    if (pattern === undefined) return translation.universe.anything("a pattern that is not a literal");
    const probe = translation.visit(patternProbe(call), locals);
    return truthOf(probe).isTrue === yes || truthOf(probe).isFalse === yes
      ? matches(translation.universe, receiver(translation, call, locals), pattern)
      : error;
  },
  extract: (translation, call, locals) => {
    const template = translation.writtenText(call.args[0]);
    return template === undefined
      ? translation.universe.anything("a template that is not a literal")
      : extractText(translation.universe, receiver(translation, call, locals), template);
  },
  string: (translation, call, locals) =>
    mapped(receiver(translation, call, locals), (content) => {
      if (content.kind === "text") return certain(content);
      if (content.kind === "flag") return textValue(choose(content.value, text("true"), text("false")));
      return translation.universe.anything("the function string");
    }),
  lowerAscii: (translation, call, locals) =>
    mapped(receiver(translation, call, locals), (content) =>
      content.kind === "text" ? translation.universe.anyText("the function lowerAscii") : error,
    ),
  ...Object.fromEntries(
    ["startsWith", "endsWith", "contains"].map((name): [string, Operator] => [
      name,
      (translation, call, locals) =>
        textTest(name, receiver(translation, call, locals), translation.visit(call.args.at(-1), locals)) ?? error,
    ]),
  ),
};

/** `"".matches(pattern)`: errs where RE2 refuses the pattern. */
function patternProbe(call: Call): Expression {
  const empty: Expression = {
    $typeName: "cel.expr.Expr",
    id: 0n,
    exprKind: {
      case: "constExpr",
      value: { $typeName: "cel.expr.Constant", constantKind: { case: "stringValue", value: "" } },
    },
  };
  const pattern = call.args.at(-1) ?? empty;
  return {
    $typeName: "cel.expr.Expr",
    id: 0n,
    exprKind: {
      case: "callExpr",
      value: { $typeName: "cel.expr.Expr.Call", function: "matches", target: empty, args: [pattern] },
    },
  };
}

function literalOf(node: Expression | undefined) {
  return node?.exprKind.case === "constExpr" ? node.exprKind.value.constantKind : undefined;
}

function literalIndex(node: Expression | undefined): number | undefined {
  const constant = literalOf(node);
  return constant?.case === "int64Value" ? Number(constant.value) : undefined;
}

const asReal = (count: Term<"Int">): Term<"Real"> =>
  typeof count.literal === "number" ? real(count.literal) : apply("Real", "to_real", count);

function sizeOf(translation: Translation, content: Content): SymbolicValue {
  if (content.kind === "text") return numberValue(asReal(lengthOf(content.value)));
  if (content.kind === "list" && content.list.source === undefined) return numberValue(asReal(content.list.length));
  if (content.kind === "record" && content.record.keys !== undefined)
    return numberValue(real(content.record.keys.length));
  const sized = content.kind === "list" || content.kind === "record" || content.kind === "opaque";
  return sized
    ? translation.universe.anyNumber("the size of a list or map, where it is not compared with a number")
    : error;
}

/** `size(list) > 2` and its like: the length of a list claim, as far as the number tells lengths apart. */
function sizeComparison(
  translation: Translation,
  call: Call,
  locals: Locals,
  compareValues: (left: SymbolicValue, right: SymbolicValue) => SymbolicValue,
): SymbolicValue | undefined {
  const [left, right] = call.args;
  const sized = [left, right].findIndex(isSize);
  const bound = literalIndex(sized === 0 ? right : left);
  const measured = [left, right][sized]?.exprKind;
  if (bound === undefined || measured?.case !== "callExpr") return undefined;
  const value = translation.visit(measured.value.target ?? measured.value.args[0], locals);
  const size = mapped(value, (content) => {
    if (content.kind !== "list") return sizeOf(translation, content);
    content.list.source?.prefix(Math.max(bound, 0) + 1);
    return numberValue(asReal(content.list.length));
  });
  const written = numberValue(real(bound));
  return sized === 0 ? compareValues(size, written) : compareValues(written, size);
}

const isSize = (node: Expression | undefined): boolean =>
  node?.exprKind.case === "callExpr" && node.exprKind.value.function === "size";

const index: Operator = (translation, call, locals) => {
  const operand = first(translation, call, locals);
  const at = literalIndex(call.args[1]);
  return mappedPair(operand, second(translation, call, locals), (content, key) => {
    if (content.kind === "opaque") return translation.universe.anything("a part of a list of which nothing is known");
    if (content.kind === "record") return key.kind === "text" ? field(translation, content.record, key.value) : error;
    if (content.kind !== "list" || key.kind === "text" || key.kind === "flag" || key.kind === "null") return error;
    if (at === undefined) return translation.universe.anything("an index that is not written as a number");
    if (at < 0) return error;
    content.list.source?.prefix(at + 1);
    return given(within(content.list, at), content.list.elements[at] ?? error);
  });
};

function field(
  translation: Translation,
  record: SymbolicRecord,
  key: Extract<Content, { kind: "text" }>["value"],
): SymbolicValue {
  if (typeof key.literal === "string") return record.get(key.literal);
  if (record.keys === undefined) return translation.universe.anything("a claim whose name is computed");
  return joined(
    record.keys.flatMap((name) =>
      record.get(name).map(({ when, content }) => ({ when: and(sameText(key, text(name)), when), content })),
    ),
  );
}

const membership: Operator = (translation, call, locals) =>
  mappedPair(first(translation, call, locals), second(translation, call, locals), (needle, content) => {
    if (content.kind === "list") return member(translation.universe, certain(needle), content.list);
    if (content.kind === "opaque") return translation.universe.anyFlag("a list or map of which nothing is known");
    if (content.kind !== "record") return error;
    if (needle.kind !== "text") return translation.universe.anyFlag("a key that is not a text");
    const { record } = content;
    if (typeof needle.value.literal === "string") return flagValue(record.has(needle.value.literal));
    if (record.keys === undefined) return translation.universe.anyFlag("a claim whose name is computed");
    return flagValue(or(...record.keys.map((name) => sameText(needle.value, text(name)))));
  });

/** `x.split(",")[0]`. */
function splitCall(translation: Translation, call: Call, locals: Locals): SymbolicValue | undefined {
  const split = splitOf(translation, call.args[0]);
  const at = literalIndex(call.args[1]);
  if (split === undefined || at === undefined || at < 0 || at > 8) return undefined;
  return splitPiece(translation.visit(split.target, locals), split.separator, at);
}

/** `"word" in x.split(" ")`: the word stands in the text with a separator, or an end, on both sides. */
function wordOfText(translation: Translation, call: Call, locals: Locals): SymbolicValue | undefined {
  const split = splitOf(translation, call.args[1]);
  const word = writtenText(first(translation, call, locals));
  if (split === undefined || word === undefined || [...split.separator].length !== 1) return undefined;
  const around = text(split.separator);
  return onTexts(translation.visit(split.target, locals), textValue(text("")), (whole) =>
    flagValue(
      word.includes(split.separator)
        ? or()
        : contains(concat(around, whole, around), concat(around, text(word), around)),
    ),
  );
}

function splitOf(translation: Translation, node: Expression | undefined) {
  const call = node?.exprKind.case === "callExpr" ? node.exprKind.value : undefined;
  const separator = translation.writtenText(call?.args[0]);
  if (call?.function !== "split" || call.args.length !== 1 || separator === undefined || separator === "")
    return undefined;
  return { target: call.target, separator };
}
