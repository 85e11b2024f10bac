import { conditionDialect } from "../access/attribute-condition";
import { compile } from "../cel/expression";
import { textsIn } from "../cel/texts";
import { claimName, nearMiss, valueClass } from "./value-class";

/** A claim that a refusing condition reads, told without its value. */
export interface ReadClaim {
  readonly claim: string;
  readonly valueClass: string;
  /** How it misses what the condition compares it with. */
  readonly nearMiss?: string;
}

/** The claims that the refusing part of a condition reads. */
export function claimsReadBy(refusedBy: string, claims: Readonly<Record<string, unknown>>): readonly ReadClaim[] {
  const compilation = compile(refusedBy, conditionDialect);
  if (!compilation.ok) return [];
  const expected = textsIn(compilation.expression.syntax);
  return compilation.expression.usage.fields.flatMap((field) => {
    if (!field.startsWith("assertion.")) return [];
    const name = field.slice("assertion.".length);
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const miss = expected.map((text) => nearMiss(value, text)).find((found) => found !== undefined);
    return [
      { claim: claimName(name), valueClass: valueClass(value), ...(miss === undefined ? {} : { nearMiss: miss }) },
    ];
  });
}
