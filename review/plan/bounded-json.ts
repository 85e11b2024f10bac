import type { Json } from "../../analysis";
import { PlanError } from "./plan-error";

/** Bytes of one file that is read here at most; a plan of ten thousand resources is about a third of it. */
export const documentBytesLimit = 64 * 1024 * 1024;

const nestingLimit = 100;

/**
 * Parses JSON of bounded size and nesting.
 * @param what names the document in messages
 * @throws {PlanError} without quoting the text: JSON.parse would put a piece of it, perhaps a secret, into its message
 */
export function parseBoundedJson(text: string, what: string): Json {
  if (text.length > documentBytesLimit) throw new PlanError(`${what}: larger than ${documentBytesLimit} bytes`);
  let value: Json;
  try {
    value = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch {
    throw new PlanError(`${what}: not JSON${hint(text)}`);
  }
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > nestingLimit) throw new PlanError(`${what}: nested deeper than ${nestingLimit} levels`);
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return value;
}

function hint(text: string): string {
  if (text.trim() === "") return ": the file is empty";
  if (text.startsWith("PK"))
    return ': this is the plan file itself; give the output of "terraform show -json PLANFILE"';
  if (/^\s*\{"@level"/.test(text)) {
    return ': this is the log of "terraform plan -json"; give the output of "terraform show -json PLANFILE"';
  }
  return "";
}
