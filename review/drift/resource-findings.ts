import type { AccessChange } from "../access/access-change";
import { accessChanges } from "../access/access-changes";
import { compareRanks, highest } from "../access/rank";
import { type AttributeChange, pathText } from "../model/attribute-changes";
import { isChange, type ResourceChange } from "../model/resource-change";
import type { ShownValue } from "../model/shown-value";
import { isIrreplaceable } from "../risk/risk";
import { sentence } from "../text/sentence";
import { covers, type DriftAllowance, type DriftAllowList, wholeResource } from "./allow-list";
import type { DriftFinding } from "./drift-finding";

/** Attributes of one resource that drifted together: same outermost name, same entry of the list. */
interface Group {
  readonly attribute: string;
  readonly allowance: DriftAllowance | undefined;
  readonly changes: readonly AttributeChange[];
}

/** Findings of one entry of `resource_drift`. A pending move shows there as well, and is no drift. */
export function resourceFindings(change: ResourceChange, allowList: DriftAllowList): readonly DriftFinding[] {
  if (!isChange(change) || change.action === "move") return [];
  const access = accessChanges([change]);
  if (change.action === "delete") return [gone(change, access, allowList)];
  // A refresh finds nothing new; this was read from an account's policy.
  if (change.action === "create") return [foreign(change, access, allowList)];
  const groups = groupsOf(change, allowList);
  return groups.map((group) =>
    drifted(
      change,
      group,
      access.filter((one) => concerns(one, group, groups)),
    ),
  );
}

function gone(change: ResourceChange, access: readonly AccessChange[], allowList: DriftAllowList): DriftFinding {
  const allowance = allowList.find((entry) => covers(entry, change, wholeResource));
  return {
    ...placeOf(change),
    kind: "gone",
    rank: highest(isIrreplaceable(change.type) ? "high" : "medium", ...access.map(({ rank }) => rank)),
    attribute: wholeResource,
    sentences: [sentence`The resource is gone.`, ...access.map((one) => one.sentence)],
    changes: [],
    ...(allowance === undefined ? {} : { allowance }),
  };
}

function foreign(change: ResourceChange, access: readonly AccessChange[], allowList: DriftAllowList): DriftFinding {
  const [grant] = access.flatMap((one) => one.grant ?? []);
  const attribute = `iam_policy[${grant?.role ?? ""} ${grant?.member ?? ""}]`;
  const allowance = allowList.find((entry) => covers(entry, change, attribute));
  return {
    ...placeOf(change),
    type: "google_service_account",
    kind: "iam-grant",
    // Whoever adds himself to an account leaves nothing else behind.
    rank: highest("high", ...access.map(({ rank }) => rank)),
    attribute,
    sentences: [
      ...access.map((one) => one.sentence),
      sentence`Terraform does not know of it, and will not take it away.`,
      ...removal(grant, change.after?.["service_account_id"]),
    ],
    changes: [],
    ...(allowance === undefined ? {} : { allowance }),
  };
}

/** Text of a member that means nothing to a shell, so that the command may be copied. */
const plainInShell = /^[\w@.:/*=+-]+$/;

function removal(grant: AccessChange["grant"], account: ShownValue | undefined): DriftFinding["sentences"] {
  if (grant === undefined || typeof account !== "string") return [];
  const { role, member, condition } = grant;
  if (![account, role, member].every((text) => plainInShell.test(text))) return [];
  const conditions = condition === undefined ? "--condition=None" : "--all";
  const command = `gcloud iam service-accounts remove-iam-policy-binding ${account} --role=${role} --member=${member} ${conditions}`;
  return [sentence`To take it away: ${command}.`];
}

function drifted(change: ResourceChange, group: Group, access: readonly AccessChange[]): DriftFinding {
  const { attribute, allowance, changes } = group;
  const [gravest] = access.toSorted((one, other) => compareRanks(one.rank, other.rank));
  const bookkeeping = changes.length > 0 && changes.every(({ noise }) => noise);
  return {
    ...placeOf(change),
    kind: gravest?.kind ?? (bookkeeping ? "bookkeeping" : "attribute"),
    rank: gravest?.rank ?? "low",
    attribute,
    sentences:
      gravest === undefined
        ? [
            attribute === wholeResource
              ? sentence`Terraform reports a change that shows in no attribute.`
              : sentence`${attribute} differs from what was applied.`,
          ]
        : access.map((one) => one.sentence),
    changes,
    ...(allowance === undefined ? {} : { allowance }),
  };
}

function groupsOf(change: ResourceChange, allowList: DriftAllowList): readonly Group[] {
  const groups: { attribute: string; allowance: DriftAllowance | undefined; changes: AttributeChange[] }[] = [];
  for (const one of change.attributes) {
    const attribute = String(one.path[0] ?? wholeResource);
    const allowance = allowList.find((entry) => covers(entry, change, pathText(one.path)));
    const group = groups.find((other) => other.attribute === attribute && other.allowance === allowance);
    if (group === undefined) groups.push({ attribute, allowance, changes: [one] });
    else group.changes.push(one);
  }
  if (groups.length > 0) return groups;
  const allowance = allowList.find((entry) => covers(entry, change, wholeResource));
  return [{ attribute: wholeResource, allowance, changes: [] }];
}

/**
 * Whether the access change was read from the group. One that was read from no attribute that drifted belongs to all
 * groups but bookkeeping, so that tolerating one attribute does not hide what another one does.
 */
function concerns({ attributes }: AccessChange, group: Group, groups: readonly Group[]): boolean {
  const named = attributes.find((attribute) => groups.some((other) => other.attribute === attribute));
  return named === undefined ? !group.changes.every(({ noise }) => noise) : group.attribute === named;
}

const placeOf = ({
  stack,
  address,
  constructPath,
  type,
}: ResourceChange): Pick<DriftFinding, "stack" | "address" | "constructPath" | "type"> => ({
  stack,
  address,
  type,
  ...(constructPath === undefined ? {} : { constructPath }),
});
