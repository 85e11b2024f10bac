import type { Construct } from "constructs";
import { workforcePoolIdPattern } from "../../facts/federation-limits";
import { uuidForm } from "./fixed-id";
import { Principal } from "./principal";
import { placeOf, requireForm } from "./property-error";

/** A workforce pool that another stack declares, for bindings of this one: its name holds nothing that is computed. */
export class ExistingWorkforcePool {
  readonly #pool: { readonly node: { readonly path: string }; readonly name: string };

  /** @throws PropertyError for an id that no pool can have */
  constructor(scope: Construct, poolId: string) {
    const place = placeOf(scope, poolId);
    const rule = "expected 6 to 63 of a-z, 0-9 and -, a letter first, no - last, not beginning with gcp-";
    requireForm(place, "poolId", poolId, workforcePoolIdPattern, rule);
    this.#pool = { ...place, name: `locations/global/workforcePools/${poolId}` };
  }

  /** The members of an Entra group, by its object id. */
  group(objectId: string): Principal {
    requireForm(this.#pool, "group", objectId, uuidForm.pattern, uuidForm.rule);
    return Principal.withGroup(this.#pool, objectId);
  }
}
