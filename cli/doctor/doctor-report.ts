import type { Finding } from "../../analysis/diagnose";

const marks = { certain: "!!", likely: "! ", possible: "? " } as const;

/** The findings as text for a terminal, the surest first. */
export function doctorReport(findings: readonly Finding[], checked: readonly string[]): string {
  const body = findings.flatMap(({ id, rank, what, cause, remedy, command }, index) => [
    `${marks[rank]} ${index + 1}. ${what}   [${rank}, ${id}]`,
    `      cause:   ${cause}`,
    `      remedy:  ${remedy}`,
    ...(command === undefined ? [] : [`      command: ${command}`]),
    "",
  ]);
  const none = findings.length === 0 ? ["Nothing wrong was found in what was looked at.", ""] : [];
  return `${[...body, ...none, `Looked at: ${checked.join(", ")}.`].join("\n")}\n`;
}
