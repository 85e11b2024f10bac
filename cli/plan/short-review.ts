import type { ReviewJson } from "../../review";

type StackJson = ReviewJson["stacks"][number];

/** Lines of one kind shown at most; the rest is counted. */
const shown = 12;

/** What a plan does, for a terminal: counts, what is destroyed or replaced and why, what it means for access. */
export function shortReview(stack: StackJson): readonly string[] {
  const { counts, risk, approvalReasons } = stack;
  const count = (action: string) => counts[action] ?? 0;
  const changed = ["create", "update", "replace", "delete", "move", "import", "forget"].some((each) => count(each) > 0);
  if (!changed && stack.outputs.length === 0) return [`${stack.stack}: no changes`, ...driftLines(stack)];
  const head = `${stack.stack}: +${count("create")} ~${count("update")} -/+${count("replace")} -${count("delete")}, risk ${risk}`;
  return [
    head,
    ...limited(stack.changes.filter(({ action }) => action === "delete" || action === "replace").map(destroyedLine)),
    ...limited(stack.access.map(({ rank, sentence }) => `  access, ${rank}: ${sentence}`)),
    ...driftLines(stack),
    ...(approvalReasons.length === 0 ? [] : [`  needs approval: ${approvalReasons.join(", ")}`]),
  ];
}

function destroyedLine({ action, address, constructPath, attributes }: StackJson["changes"][number]): string {
  const forcing = attributes.filter(({ forcesReplacement }) => forcesReplacement).map(({ path }) => path);
  const because = forcing.length === 0 ? "" : `, because ${forcing.join(", ")} changes`;
  return `  ${action === "replace" ? "-/+" : "-"} ${constructPath ?? address}${because}`;
}

const driftLines = ({ drift }: StackJson): readonly string[] => {
  const changed = drift.filter(({ action }) => action !== "no-op" && action !== "move");
  return changed.length === 0 ? [] : [`  ${changed.length} changed outside of Terraform since the last deployment`];
};

function limited(lines: readonly string[]): readonly string[] {
  return lines.length <= shown
    ? lines
    : [...lines.slice(0, shown), `  (and ${lines.length - shown} more; --markdown FILE writes all of it)`];
}
