import type { CelInput } from "@bufbuild/cel";
import { compile, type Dialect } from "./expression";

const conversion: Dialect = { name: "timestamp", vocabulary: { text: "any" }, characters: 32 };

/**
 * A moment as a CEL timestamp.
 * @throws {RangeError} for an invalid date
 */
export function celTimestamp(moment: Date): CelInput {
  const compilation = compile("timestamp(text)", conversion);
  const result = compilation.ok ? compilation.expression.evaluate({ text: moment.toISOString() }) : compilation;
  if (!result.ok) throw new RangeError(`not a time that CEL can express: ${result.problem}`);
  return result.value;
}
