import type { Binding } from "./binding";

/** Two statements of which Google keeps the one that is applied last. */
export interface Contradiction {
  /** Key of the resource that the policies sit on. */
  readonly resource: string;
  /** Of the role, or of the whole policy. */
  readonly role?: string;
  readonly addresses: readonly string[];
}

/**
 * Resources of Terraform that overwrite one another: an `_iam_policy` beside anything on the same resource, an
 * `_iam_binding` beside another statement of the same role and condition. Each apply undoes the other's; the model keeps the
 * members of all, since any of them may be in force.
 */
export function contradictionsIn(bindings: ReadonlyMap<string, readonly Binding[]>): readonly Contradiction[] {
  return [...bindings].flatMap(([resource, stated]) => {
    if (stated.some(({ authority }) => authority === "policy")) return severalOf(resource, stated);
    const byRole = new Map<string, Binding[]>();
    for (const binding of stated) {
      const key = `${binding.role}\n${JSON.stringify(binding.condition ?? null)}`;
      const present = byRole.get(key);
      if (present === undefined) byRole.set(key, [binding]);
      else present.push(binding);
    }
    return [...byRole.values()].flatMap((same) =>
      same.some(({ authority }) => authority === "role") ? severalOf(resource, same, same[0]?.role) : [],
    );
  });
}

function severalOf(resource: string, bindings: readonly Binding[], role?: string): readonly Contradiction[] {
  const addresses = [...new Set(bindings.map(({ address }) => address))];
  return addresses.length < 2 ? [] : [{ resource, ...(role === undefined ? {} : { role }), addresses }];
}
