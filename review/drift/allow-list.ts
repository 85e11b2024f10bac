import { z } from "zod";
import { parseBoundedJson } from "../plan/bounded-json";
import { PlanError } from "../plan/plan-error";

/** Stands for a resource as a whole, in the place of an attribute: that it is gone. */
export const wholeResource = "(resource)";

const attribute = z.string().min(1).max(300);
const reason = z.string().trim().min(1).max(500);
const until = z.iso.date();
const entry = z.union([
  z.strictObject({ constructPath: z.string().min(1).max(500), attribute, reason, until }),
  z.strictObject({ stack: z.string().min(1).max(64), address: z.string().min(1).max(500), attribute, reason, until }),
]);
const document = z.strictObject({ $schema: z.string().optional(), allow: z.array(entry).max(1000) });

/**
 * One drift that is known and tolerated for a time: exactly one resource, by construct path or by stack and address, and
 * one attribute (`labels`, `template[0].annotations`; what lies below it is included), or `(resource)`.
 */
export type DriftAllowance = z.output<typeof entry>;

/** The list as a file has it: `{ "allow": [ { "constructPath", "attribute", "reason", "until": "2027-01-31" } ] }`. */
export type DriftAllowList = readonly DriftAllowance[];

/**
 * @param file names the file in messages
 * @throws {PlanError} naming the entry and what was expected; there are no wildcards and no entries without an end
 */
export function readDriftAllowList(text: string, file: string): DriftAllowList {
  const parsed = document.safeParse(parseBoundedJson(text, file));
  if (parsed.success) return parsed.data.allow;
  const [first] = parsed.error.issues;
  const place = first === undefined || first.path.length === 0 ? "" : ` at ${first.path.join(".")}`;
  const expected =
    first?.path[0] === "allow" && first.path.length >= 2
      ? "an entry is {constructPath or stack and address, attribute, reason, until (YYYY-MM-DD)} and nothing else"
      : 'expected {"allow": [...]}';
  throw new PlanError(`${file}: not a list of allowed drift${place}: ${expected}`);
}

/** Whether the entry has passed: it holds up to and with its last day, in UTC. */
export const isExpired = ({ until: last }: DriftAllowance, today: Date): boolean =>
  last < today.toISOString().slice(0, 10);

/** Whether the entry names the attribute of the resource. */
export function covers(
  allowance: DriftAllowance,
  resource: { readonly stack: string; readonly address: string; readonly constructPath?: string },
  attributePath: string,
): boolean {
  const named =
    "address" in allowance
      ? allowance.stack === resource.stack && allowance.address === resource.address
      : allowance.constructPath === resource.constructPath;
  if (!named) return false;
  const rest = attributePath.startsWith(allowance.attribute)
    ? attributePath.slice(allowance.attribute.length)
    : undefined;
  return rest !== undefined && /^($|[.[])/.test(rest);
}
