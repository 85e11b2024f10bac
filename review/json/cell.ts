import { z } from "zod";
import { Hidden, isShownList, isShownObject, type ShownValue } from "../model/shown-value";

/** A value of an attribute, or why it is not shown. */
export const cell = z.union([
  z.object({ value: z.json().describe("Hidden parts within stand as texts: (sensitive value), (secret value).") }),
  z.object({
    hidden: z.enum(["sensitive", "secret", "unknown"]).describe("unknown: known only after apply."),
    text: z.string().describe("What is shown instead."),
  }),
]);

type Cell = z.input<typeof cell>;

export const shownCell = (value: ShownValue): Cell =>
  value instanceof Hidden ? { hidden: value.reason, text: value.text } : { value: plain(value) };

type PlainJson = z.input<ReturnType<typeof z.json>>;

function plain(value: ShownValue): PlainJson {
  if (value instanceof Hidden) return value.text;
  if (isShownList(value)) return value.map(plain);
  if (isShownObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, nested]) => [name, plain(nested)]));
  return value;
}
