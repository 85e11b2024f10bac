import { TerraformConfigurationError } from "./configuration-error";
import type { Json } from "./resource";

/** Characters of one document; a state of ten thousand resources is about a third of it. */
const documentLimit = 64 * 1024 * 1024;
const nestingLimit = 64;

/**
 * Parses JSON of bounded size and nesting, before anything walks the value recursively. The text is never quoted, since
 * plans and states hold secrets.
 * @param name of the document, for messages
 * @throws {TerraformConfigurationError}
 */
export function parseBoundedJson(text: string, name: string): Json {
  const refuse = (problem: string) => new TerraformConfigurationError(`${name}: ${problem}`);
  if (text.length > documentLimit) throw refuse(`larger than ${documentLimit} characters`);
  let value: Json;
  try {
    value = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch (error) {
    throw refuse(`not JSON: ${problemOf(text, error)}`);
  }
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > nestingLimit) throw refuse(`nested deeper than ${nestingLimit} levels`);
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return value;
}

function problemOf(text: string, error: unknown): string {
  if (text.trim() === "") return "the file is empty";
  if (text.startsWith("PK")) return 'this is the plan file itself; give the output of "terraform show -json PLANFILE"';
  if (/^\s*\{"@level"/.test(text))
    return 'this is the log of "terraform plan -json"; give the output of "terraform show -json PLANFILE"';
  if (/^\s*(resource|module|provider|terraform|variable|locals|data|output)\b/.test(text))
    return 'this is HCL; plan it, and give the output of "terraform show -json PLANFILE"';
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
  return `it breaks off or goes wrong${position === undefined ? "" : ` at position ${position}`}`;
}
