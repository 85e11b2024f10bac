import type { Reach } from "../reach/reach";
import { cellSpan, codeSpan } from "./code-span";
import { shown } from "./lists";
import type { ReviewDetail } from "./review-detail";

type ReachDetail = Pick<ReviewDetail, "accessCharacters" | "items" | "valueCharacters">;

const badges = { gained: "**opened**", lost: "closed" } as const;

/** What can be reached that could not before, and the other way round, each with a token that shows it. */
export function reachSection(reach: Reach | undefined, detail: ReachDetail): readonly string[] {
  if (reach === undefined) return [];
  return [
    "### Who can become what",
    "",
    ...verdict(reach),
    ...differences(reach, detail),
    ...audiences(reach, detail),
    ...reach.rewritten.map(
      (address) => `${codeSpan(address, detail.valueCharacters)} is written otherwise and means the same.`,
    ),
    ...undecided(reach, detail),
    "",
  ];
}

function verdict({ differences: found, audiences: taken, undecided: open }: Reach): readonly string[] {
  if (found.length + taken.length > 0) return [];
  return [
    open.length === 0
      ? "Proved: no token reaches an account or a right that it did not reach before, and none loses one."
      : "Nothing was found that opens or closes, and not all could be decided.",
    "",
  ];
}

function differences({ differences: found }: Reach, { accessCharacters, items, valueCharacters }: ReachDetail) {
  if (found.length === 0) return [];
  const { first, more } = shown(found, items);
  return [
    "| | what | through | a token that shows it |",
    "|---|---|---|---|",
    ...first.map(({ change, target, provider, witness }) => {
      const what = target.kind === "account" ? target.email : `${target.role} on ${target.resource}`;
      const before = witness.accounts.slice(0, -1);
      const chain =
        before.length === 0 ? "" : ` by way of ${before.map((email) => cellSpan(email, valueCharacters)).join(", ")}`;
      const token = cellSpan(JSON.stringify(witness.credential.claims), accessCharacters);
      return `| ${badges[change]} | ${cellSpan(what, valueCharacters)}${chain} | ${cellSpan(provider, valueCharacters)} | ${token} |`;
    }),
    "",
    ...(more > 0 ? [`And ${more} more.`, ""] : []),
  ];
}

function audiences({ audiences: taken }: Reach, { items, valueCharacters }: ReachDetail): readonly string[] {
  const { first, more } = shown(taken, items);
  return [
    ...first.map(
      ({ change, provider, audience }) =>
        `- ${badges[change]}: ${codeSpan(provider, valueCharacters)} takes tokens made out for ${codeSpan(audience, valueCharacters)}${change === "gained" ? "" : " no longer"}.`,
    ),
    ...(more > 0 ? [`- and ${more} more audiences.`] : []),
    ...(first.length > 0 ? [""] : []),
  ];
}

function undecided({ undecided: open }: Reach, { items, valueCharacters }: ReachDetail): readonly string[] {
  const { first, more } = shown(open, items);
  return [
    ...first.map(
      ({ subject, reason }) =>
        `- **not decided**: ${codeSpan(subject, valueCharacters)}: ${codeSpan(reason, valueCharacters)}`,
    ),
    ...(more > 0 ? [`- and ${more} more that were not decided.`] : []),
  ];
}
