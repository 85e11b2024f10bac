import { cellSpan, codeSpan } from "./code-span";

interface Named {
  readonly stack: string;
  readonly address: string;
  readonly constructPath?: string;
  readonly deposed?: string;
}

/** Construct path, with the address in small; for tables and for lists alike. */
export function resourceLabel(
  { stack, address, constructPath, deposed }: Named,
  limit: number,
  inTable = false,
): string {
  const span = inTable ? cellSpan : codeSpan;
  const left = deposed === undefined ? "" : " (left behind by an earlier replacement)";
  return constructPath === undefined
    ? `${span(address, limit)} in ${stack}${left}`
    : `${span(constructPath, limit)} <sub>${span(address, limit)}</sub>${left}`;
}
