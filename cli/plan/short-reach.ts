import type { ReviewJson } from "../../review";

type ReachJson = NonNullable<ReviewJson["reach"]>;
type Difference = ReachJson["differences"][number];

/** Lines of one kind shown at most; the rest is counted. */
const shown = 8;
const verbs = { gained: "opened", lost: "closed" } as const;

/** What plans open and close, for a terminal: who becomes what, each with a token that shows it, and what is not known. */
export function shortReach(reach: ReachJson | undefined): readonly string[] {
  if (reach === undefined) return [];
  const { differences, audiences, rewritten, undecided } = reach;
  const lines = [
    ...limited(differences.flatMap(differenceLines), 2),
    ...limited(
      audiences.map(({ change, provider, audience }) => `  ${verbs[change]}: ${provider} takes tokens for ${audience}`),
    ),
    ...limited(rewritten.map((address) => `  ${address} is written otherwise and means the same`)),
    ...limited(undecided.map(({ subject, reason }) => `  not decided: ${subject}: ${reason}`)),
  ];
  if (lines.length === 0) return ["who can become what: unchanged, as proved"];
  return ["who can become what:", ...lines];
}

function differenceLines({ change, target, provider, witness }: Difference): readonly string[] {
  const what = target.kind === "account" ? target.email : `${target.role} on ${target.resource}`;
  const chain = witness.accounts.slice(0, -1);
  const way = chain.length === 0 ? "" : `, by way of ${chain.join(", ")}`;
  return [`  ${verbs[change]}: ${what} through ${provider}${way}`, `    by ${JSON.stringify(witness.claims)}`];
}

/** @param each lines of one item */
function limited(lines: readonly string[], each = 1): readonly string[] {
  const most = shown * each;
  return lines.length <= most
    ? lines
    : [...lines.slice(0, most), `  (and ${(lines.length - most) / each} more; --markdown FILE writes all of it)`];
}
