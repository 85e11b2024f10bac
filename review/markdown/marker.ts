import { createHash } from "node:crypto";

/** Stacks whose names stand in a marker in full; of more, their hash does. */
const namedStacks = 20;

/**
 * The hidden line by which a workflow finds the comment (or issue) that it wrote before for the same set of stacks, in
 * whatever order. Names of stacks hold no `--` next to each other here, which would end an HTML comment in older parsers.
 */
export function stickyMarker(report: "review" | "drift", stacks: readonly string[]): string {
  const sorted = [...stacks].sort();
  const set =
    sorted.length <= namedStacks
      ? sorted.map((stack) => stack.replaceAll("-", "%2D")).join(",")
      : `sha256:${createHash("sha256").update(sorted.join("\n")).digest("hex")}`;
  return `<!-- keyless ${report} stacks=${set} -->`;
}
