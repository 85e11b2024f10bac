import { z } from "zod";
import { ranks } from "../access/rank";
import { attributeJson, attributeOf } from "../json/review-json";
import { plainText } from "../text/sentence";
import type { DriftAllowance } from "./allow-list";
import type { DriftReport } from "./detect-drift";
import { type DriftFinding, driftKinds } from "./drift-finding";

const resource = {
  stack: z.string(),
  address: z.string().describe("Terraform address."),
  constructPath: z.string().optional(),
  type: z.string(),
};

const allowanceJson = z.object({
  stack: z.string().optional(),
  address: z.string().optional(),
  constructPath: z.string().optional(),
  attribute: z.string(),
  reason: z.string(),
  until: z.string().describe("Last day, YYYY-MM-DD."),
});

const findingJson = z.object({
  ...resource,
  kind: z.enum(Object.keys(driftKinds)).describe("Kind of drift; the names are stable."),
  rank: z.enum(ranks),
  attribute: z.string().describe("Outermost attribute, or (resource)."),
  sentences: z.array(z.string()),
  changes: z.array(attributeJson).describe("before: as applied; after: as found."),
  allowance: allowanceJson.optional().describe("Entry of the list that tolerates it."),
});

/** The JSON form of a drift report; `z.toJSONSchema(driftJsonSchema)` is its schema for others. */
export const driftJsonSchema = z.object({
  format: z.literal("keyless drift 1").describe("Changes only with an incompatible form."),
  exitCode: z
    .union([z.literal(0), z.literal(2), z.literal(3)])
    .describe("0 nothing, 2 changed outside, 3 changed outside with a grave effect or a resource gone."),
  stacks: z.array(z.object({ stack: z.string(), planDigest: z.string() })),
  changedOutside: z.array(findingJson),
  allowed: z.array(findingJson),
  notCovered: z.array(
    z.object({
      type: z.string(),
      attribute: z.string().optional(),
      why: z.string(),
      resources: z.array(z.object(resource)),
    }),
  ),
  expiredAllowances: z.array(allowanceJson),
  unusedAllowances: z.array(allowanceJson),
});

export type DriftJson = z.input<typeof driftJsonSchema>;

/** The whole report as data, redacted; nothing is shortened. */
export function driftJson(report: DriftReport): DriftJson {
  return {
    format: "keyless drift 1",
    exitCode: report.exitCode,
    stacks: report.plans.map(({ stack, digest }) => ({ stack, planDigest: digest })),
    changedOutside: report.changedOutside.map(findingOf),
    allowed: report.allowed.map(findingOf),
    notCovered: report.notCovered.map((one) => ({ ...one, resources: [...one.resources] })),
    expiredAllowances: report.expired.map(allowanceOf),
    unusedAllowances: report.unused.map(allowanceOf),
  };
}

const findingOf = ({ sentences, changes, allowance, ...finding }: DriftFinding): z.input<typeof findingJson> => ({
  ...finding,
  sentences: sentences.map(plainText),
  changes: changes.map(attributeOf),
  ...(allowance === undefined ? {} : { allowance: allowanceOf(allowance) }),
});

const allowanceOf = (allowance: DriftAllowance): z.input<typeof allowanceJson> => ({ ...allowance });
