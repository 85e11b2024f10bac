import { z } from "zod";
import { type AccessChange, accessKinds } from "../access/access-change";
import { accessChanges } from "../access/access-changes";
import { ranks } from "../access/rank";
import { type AttributeChange, pathText } from "../model/attribute-changes";
import type { ResourceChange } from "../model/resource-change";
import type { OutputChange } from "../model/stack-plan";
import type { Review, StackReview } from "../review";
import { plainText } from "../text/sentence";
import { cell, shownCell } from "./cell";
import { reachJson, reachOf } from "./reach-json";

const rank = z.enum(ranks).describe("Security effect, critical first.");
const place = {
  address: z.string().describe("Terraform address."),
  constructPath: z.string().optional().describe("Path in the construct tree, where cdk.tf.json tells it."),
};

export const attributeJson = z.object({
  path: z.string().describe("Path of the attribute: oidc[0].issuer_uri."),
  before: cell.optional().describe("Absent where nothing was there."),
  after: cell.optional().describe("Absent where nothing will be there."),
  forcesReplacement: z.boolean().describe("Whether the object is replaced because of it."),
  noise: z.boolean().describe("Bookkeeping of the cloud or the provider."),
});

const changeJson = z.object({
  ...place,
  previousAddress: z.string().optional().describe("Address before a move."),
  type: z.string().describe("Resource type."),
  mode: z.string().describe("managed or data."),
  deposed: z.string().optional().describe("Key of an object that an earlier replacement left behind."),
  action: z.enum(["create", "update", "delete", "replace", "no-op", "move", "import", "forget", "read"]),
  replaceOrder: z.enum(["delete first", "create first", "old one kept"]).optional(),
  reason: z.string().optional().describe("Why Terraform chose the action."),
  importId: z.string().optional(),
  attributes: z.array(attributeJson).describe("What differs; nothing else of the object is here."),
});

export const accessJson = z.object({
  ...place,
  kind: z.enum(Object.keys(accessKinds)).describe("Kind of access change; the names are stable."),
  rank,
  effect: z.enum(["widens", "narrows", "changes"]),
  sentence: z.string().describe("One plain sentence; control and bidi characters are written out."),
  grant: z
    .object({ member: z.string(), role: z.string(), scope: z.string(), condition: z.string().optional() })
    .optional()
    .describe("Who gets or loses which role on what, for bindings."),
});

const outputJson = z.object({
  name: z.string(),
  action: z.enum(["create", "update", "delete"]),
  before: cell.optional(),
  after: cell.optional(),
});

const stackJson = z.object({
  stack: z.string(),
  planDigest: z
    .string()
    .describe("SHA-256, in hex, of the JSON of the plan, or of the plan file where nothing changes."),
  risk: z.enum([...ranks, "none"]),
  approvalReasons: z.array(z.string()).describe("Empty where no approval is needed."),
  counts: z.record(z.string(), z.number().int()).describe("Resources by action."),
  complete: z.boolean().describe("False where another plan has to follow, as with -target."),
  deferred: z.number().int().describe("Changes that Terraform put off."),
  changes: z.array(changeJson).describe("Everything but resources without a change."),
  access: z.array(accessJson).describe("What the changes mean for access, the gravest first."),
  outputs: z.array(outputJson),
  drift: z.array(changeJson).describe("Changed in the cloud since the last apply."),
  driftAccess: z.array(accessJson).describe("What the drift means for access."),
});

/** The JSON form of a review; `z.toJSONSchema(reviewJsonSchema)` is its schema for others. */
export const reviewJsonSchema = z.object({
  format: z.literal("keyless review 1").describe("Changes only with an incompatible form."),
  exitCode: z
    .union([z.literal(0), z.literal(2), z.literal(3)])
    .describe("0 nothing, 2 changes, 3 changes that need approval."),
  stacks: z.array(stackJson),
  reach: reachJson.optional().describe("What all plans together open and close, where they were compared."),
});

export type ReviewJson = z.input<typeof reviewJsonSchema>;

/** The whole review as data, redacted, of any size; nothing is shortened. */
export function reviewJson({ stacks, reach, exitCode }: Review): ReviewJson {
  return {
    format: "keyless review 1",
    exitCode,
    stacks: stacks.map(stackOf),
    ...(reach === undefined ? {} : { reach: reachOf(reach) }),
  };
}

function stackOf({ plan, access, assessment, counts }: StackReview): ReviewJson["stacks"][number] {
  return {
    stack: plan.stack,
    planDigest: plan.digest,
    risk: assessment.risk,
    approvalReasons: [...assessment.approvalReasons],
    counts,
    complete: plan.complete,
    deferred: plan.deferred,
    changes: changesOf(plan.changes),
    access: access.map(accessOf),
    outputs: plan.outputs.map(outputOf),
    drift: changesOf(plan.drift),
    driftAccess: accessChanges(plan.drift).map(accessOf),
  };
}

const changesOf = (changes: readonly ResourceChange[]): z.input<typeof changeJson>[] =>
  changes
    .filter(({ action }) => action !== "no-op")
    .map(({ stack: _, before: __, after: ___, attributes, ...change }) => ({
      ...change,
      attributes: attributes.map(attributeOf),
    }));

export const attributeOf = ({ path, before, after, ...marks }: AttributeChange): z.input<typeof attributeJson> => ({
  path: pathText(path),
  ...(before === undefined ? {} : { before: shownCell(before) }),
  ...(after === undefined ? {} : { after: shownCell(after) }),
  ...marks,
});

export const accessOf = ({
  stack: _,
  attributes: __,
  sentence,
  ...change
}: AccessChange): z.input<typeof accessJson> => ({
  ...change,
  sentence: plainText(sentence),
});

const outputOf = ({ name, action, before, after }: OutputChange): z.input<typeof outputJson> => ({
  name,
  action,
  ...(before === undefined ? {} : { before: shownCell(before) }),
  ...(after === undefined ? {} : { after: shownCell(after) }),
});
