import { z } from "zod";
import { objectIdPattern } from "./membership";

const objectId = z.string().regex(objectIdPattern, "expected an object id of Entra, a lower-case UUID");
const membership = z.strictObject({
  groups: z.array(objectId).max(1_000),
  reports: z.array(objectId).max(1_000).default([]),
});

/** Where groups and reports come from. */
export const directoryConfigSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("microsoft-graph"),
    tenantId: objectId,
    /** Of the application that trusts the service's own Google account. */
    clientId: objectId,
  }),
  z.strictObject({
    kind: z.literal("static"),
    /** By the last part of the principal. */
    people: z.record(z.string().min(1).max(512), membership),
  }),
]);
export type DirectoryConfig = z.output<typeof directoryConfigSchema>;
