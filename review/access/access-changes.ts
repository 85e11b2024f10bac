import { isChange, type ResourceChange } from "../model/resource-change";
import { words } from "../text/sentence";
import type { AccessChange, AccessFinding } from "./access-change";
import { accessRuleFor } from "./access-rules";
import { changes } from "./finding";
import { compareRanks } from "./rank";
import { Sides } from "./sides";

/** What the changes of resources mean for access, the gravest first, then in the order of the resources. */
export function accessChanges(resources: readonly ResourceChange[]): readonly AccessChange[] {
  return resources
    .filter((change) => isChange(change) && change.mode === "managed")
    .flatMap((change) => findings(change).map((finding) => ({ ...finding, ...placeOf(change) })))
    .map((change, position) => ({ change, position }))
    .sort((one, other) => compareRanks(one.change.rank, other.change.rank) || one.position - other.position)
    .map(({ change }) => change);
}

function findings(change: ResourceChange): readonly AccessFinding[] {
  const rule = accessRuleFor(change.type);
  switch (change.action) {
    case "move":
      return [];
    case "update":
      return change.attributes.every(({ noise }) => noise) ? [] : rule(new Sides(change));
    case "forget":
      return leftBehind(
        rule(new Sides({ type: change.type, ...(change.before === undefined ? {} : { before: change.before }) })),
      );
    case "import":
      return leftBehind(
        rule(new Sides({ type: change.type, ...(change.after === undefined ? {} : { after: change.after }) })),
        "imported",
      );
    default:
      return rule(new Sides(change));
  }
}

/** A resource that only its management is gained or lost of: whatever access it gives stays as it is. */
function leftBehind(
  found: readonly AccessFinding[],
  how: "forgotten" | "imported" = "forgotten",
): readonly AccessFinding[] {
  const [first] = found;
  if (first === undefined) return [];
  return [
    changes(
      first.kind,
      how === "forgotten" ? "medium" : "low",
      "",
      words(
        how === "forgotten"
          ? "Is no longer managed here; the access it gives stays in the cloud."
          : "Is managed here from now on; the access it gives is there already.",
      ),
    ),
  ];
}

const placeOf = ({
  stack,
  address,
  constructPath,
}: ResourceChange): Pick<AccessChange, "stack" | "address" | "constructPath"> => ({
  stack,
  address,
  ...(constructPath === undefined ? {} : { constructPath }),
});
