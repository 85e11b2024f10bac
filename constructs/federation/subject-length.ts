import type { Construct } from "constructs";
import { federationLimits } from "../../facts/federation-limits";
import { requireProperty } from "./property-error";

/**
 * Checks that google.subject can never be longer than Google takes: an exchange that works today would fail on the day
 * somebody has a longer name.
 *
 * @param claimBytes longest values of claims, by dotted path
 * @throws PropertyError when it can be longer, or when nobody said how long a claim can be
 */
export function requireShortSubject(
  scope: Construct,
  expression: string,
  claimBytes: Readonly<Record<string, number>>,
): void {
  const limit = federationLimits.subjectBytes;
  const bytes = worstCaseBytes(expression, claimBytes);
  if (typeof bytes === "string") {
    requireProperty(scope, "mapping.subject", expression, false, `its longest value is not known: ${bytes}`);
  } else {
    const rule = `expected at most ${limit} bytes in the worst case, it can have ${bytes}`;
    requireProperty(scope, "mapping.subject", expression, bytes <= limit, rule);
  }
}

/**
 * Bytes of the longest value that the expression can have, or why that is not known. Texts, claims, the parts that
 * `extract` cuts out, and sums of these are understood.
 */
export function worstCaseBytes(expression: string, claimBytes: Readonly<Record<string, number>>): number | string {
  let rest = expression.trim();
  let sum = 0;
  for (;;) {
    const part = partOf(rest, claimBytes);
    if (typeof part === "string") return part;
    sum += part.bytes;
    rest = rest.slice(part.length).trimStart();
    if (rest === "") return sum;
    if (!rest.startsWith("+")) return `only texts, claims, extract and + are understood, not ${rest}`;
    rest = rest.slice(1).trimStart();
  }
}

const literal = /^'((?:[^'\\]|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})*)'/;
const claim = /^(assertion)((?:\.[A-Za-z_]\w*\b(?!\s*\()|\['[^'\\]*'\])+)((?:\.extract\('[^'\\]*'\))*)/;

function partOf(
  text: string,
  claimBytes: Readonly<Record<string, number>>,
): { readonly bytes: number; readonly length: number } | string {
  const constant = literal.exec(text);
  if (constant !== null) {
    const value = (constant[1] ?? "").replace(/\\[uU]([0-9a-fA-F]+)/g, (_, code) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    );
    return { bytes: Buffer.byteLength(value), length: constant[0].length };
  }
  const found = claim.exec(text);
  if (found === null) return `only texts, claims, extract and + are understood, not ${text}`;
  const path = [...(found[2] ?? "").matchAll(/\.(\w+)|\['([^']*)'\]/g)].map(([, plain, quoted]) => plain ?? quoted);
  const name = path.join(".");
  const bytes = Object.hasOwn(claimBytes, name) ? claimBytes[name] : undefined;
  return bytes === undefined
    ? `say how many bytes ${name} can have, in claimBytes`
    : { bytes, length: found[0].length };
}
