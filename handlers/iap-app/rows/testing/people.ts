import type { Person } from "../../person";
import { objectId } from "../../testing/local-graph";
import { principalOf } from "../../testing/local-iap";

/** A person as a request brings them, with what the directory says. */
export const person = (
  subject: string,
  { groups = [], reports = [] }: { groups?: readonly string[]; reports?: readonly string[] } = {},
): Person => ({
  principal: principalOf(subject),
  email: `${subject}@ailab.com`,
  accessLevels: [],
  groups,
  reports: reports.map(principalOf),
});

export const marketingGroup = objectId(3);
export const assetGroup = objectId(4);
export const otherGroup = objectId(5);
