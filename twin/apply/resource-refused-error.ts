import type { Violation } from "../terraform/rules";

/** The provider or the cloud refuses a resource of the stack. */
export class ResourceRefusedError extends Error {
  override readonly name = "ResourceRefusedError";

  constructor(
    readonly ofStack: string,
    readonly address: string,
    readonly violations: readonly Violation[],
  ) {
    super(violations.map((violation) => described(ofStack, address, violation)).join("\n"));
  }
}

function described(stack: string, address: string, { path, summary, detail }: Violation): string {
  const place = path.length === 0 ? address : `${address}.${path.join(".")}`;
  return `${stack}: ${place}: ${summary}${detail === undefined ? "" : `: ${detail}`}`;
}
