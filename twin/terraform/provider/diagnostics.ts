import type { Diagnostic } from "../protocol";
import type { Violation } from "../rules/resource-rules";
import type { BlockSchema } from "../schema";
import { attributePath } from "./attribute-path";

/** What a rule refuses, as Terraform prints it: at the argument, where the schema has it. */
export function violationDiagnostic(schema: BlockSchema, { path, summary, detail }: Violation): Diagnostic {
  return { severity: "error", summary, detail, path: attributePath(schema, path) };
}

/** A type that the provider has and the twin does not play. */
export function unplayedType(type: string, operation: string): Diagnostic {
  return {
    severity: "error",
    summary: `The twin has no rules for ${type}`,
    detail: `Its schema is known, so that a configuration can be checked against it. How Google or Entra treats it is not, so it cannot be ${operation} on the twin.`,
  };
}

export function unknownType(type: string, provider: string, version: string): Diagnostic {
  return { severity: "error", summary: `Provider ${provider} ${version} has no ${type}` };
}
