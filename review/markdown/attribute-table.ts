import { type AttributeChange, pathText } from "../model/attribute-changes";
import { Hidden, type ShownValue, textOf } from "../model/shown-value";
import { cellSpan, codeSpan } from "./code-span";
import { shown } from "./lists";

const isUnknown = (value: ShownValue | undefined): boolean => value instanceof Hidden && value.reason === "unknown";

interface Headings {
  readonly before: string;
  readonly after: string;
}

/** Rows of one table at most; further attributes are counted. */
const rows = 60;

/**
 * Attributes before and after. Folded into lines below: those that are known only after apply, unless they force the
 * replacement, and bookkeeping.
 */
export function attributeTable(
  attributes: readonly AttributeChange[],
  limit: number,
  headings: Headings = { before: "before", after: "after" },
): readonly string[] {
  const telling = attributes.filter(
    ({ noise, after, forcesReplacement }) => forcesReplacement || !(noise || isUnknown(after)),
  );
  const unknown = attributes.filter(
    ({ noise, after, forcesReplacement }) => !forcesReplacement && !noise && isUnknown(after),
  );
  const noise = attributes.filter((attribute) => attribute.noise && !attribute.forcesReplacement);
  return [
    ...table(telling, limit, headings),
    ...folded("Known after apply", unknown, limit),
    ...folded("Bookkeeping that changes too", noise, limit),
  ];
}

function table(
  attributes: readonly AttributeChange[],
  limit: number,
  { before: was, after: becomes }: Headings,
): readonly string[] {
  if (attributes.length === 0) return [];
  const { first, more } = shown(attributes, rows);
  return [
    "",
    `| attribute | ${was} | ${becomes} |`,
    "|---|---|---|",
    ...first.map(
      ({ path, before, after, forcesReplacement }) =>
        `| ${cellSpan(pathText(path), limit)}${forcesReplacement ? " **forces replacement**" : ""} | ${cell(before, limit)} | ${cell(after, limit)} |`,
    ),
    "",
    ...(more > 0 ? [`And ${more} more attributes.`, ""] : []),
  ];
}

const cell = (value: ShownValue | undefined, limit: number): string =>
  value === undefined ? "–" : cellSpan(textOf(value), limit);

function folded(title: string, attributes: readonly AttributeChange[], limit: number): readonly string[] {
  if (attributes.length === 0) return [];
  const names = [...new Set(attributes.map((attribute) => named(attribute, limit)))];
  const { first, more } = shown(names, 12);
  return ["", `${title}: ${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`, ""];
}

/** Name of the attribute, and what an unknown value will come from. */
function named({ path, after }: AttributeChange, limit: number): string {
  const origins = after instanceof Hidden ? after.references.slice(0, 3) : [];
  const from = origins.length === 0 ? "" : ` (from ${origins.map((origin) => codeSpan(origin, limit)).join(", ")})`;
  return codeSpan(pathText(path), limit) + from;
}
