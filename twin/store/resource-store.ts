import type { Resource } from "../../analysis";

/** A resource as it was applied. */
export interface StoredResource extends Resource {
  /** The cloud's key of the resource; with stack and type it makes two records the same one. */
  readonly identity: string;
}

/** A resource that was deleted and is kept for a while, out of sight of every reader. */
export interface DeletedResource extends StoredResource {
  /** Milliseconds since 1970. */
  readonly deletedAt: number;
}

/** What to store. Who came by Terraform knows no address; who knows no identity of the cloud's uses the address for it. */
export type ResourceToStore = Pick<StoredResource, "stack" | "type" | "values" | "constructPath"> &
  ({ readonly address: string; readonly name: string; readonly identity?: string } | { readonly identity: string });

/** Milliseconds: how long pools, providers and OAuth clients can be undeleted. Source: cloud.google.com/iam/docs/manage-workload-identity-pools-providers. */
export const softDeletePeriod = 30 * 24 * 3600 * 1000;

/**
 * What has been applied, of all stacks. Every service of the twin reads from here at each request, so a change counts at
 * once. Both ways in, Terraform and direct loading, write the same records.
 */
export class ResourceStore {
  readonly #resources = new Map<string, StoredResource>();
  readonly #deleted = new Map<string, DeletedResource>();
  #version = 0;

  /** Raised by every change; what is derived from the store is kept only as long as it stays the same. */
  get version(): number {
    return this.#version;
  }

  /** Stores a resource in place of the one with its stack, type and identity. An address that is known already stays. */
  put(resource: ResourceToStore): StoredResource {
    const stored = this.#recordOf(resource);
    this.#resources.set(keyOf(stored), stored);
    this.#version += 1;
    return stored;
  }

  get(stack: string, type: string, identity: string): StoredResource | undefined {
    return this.#resources.get(keyOf({ stack, type, identity }));
  }

  /** Removes what is stored under an address: its own, or the one given to it (`StoredResource.address`). */
  remove(stack: string, address: string): void {
    for (const [key, resource] of this.#resources) {
      if (resource.stack === stack && resource.address === address) this.#resources.delete(key);
    }
    this.#version += 1;
  }

  /** Removes a resource that can be undeleted for 30 days. */
  retire(stack: string, address: string, now: number): void {
    for (const resource of this.all()) {
      if (resource.stack !== stack || resource.address !== address) continue;
      this.#deleted.set(keyOf(resource), { ...resource, deletedAt: now });
    }
    this.remove(stack, address);
  }

  /** Deleted resources of a type that can still be undeleted. */
  deletedOfType(type: string, now: number): readonly DeletedResource[] {
    return [...this.#deleted.values()].filter(
      (resource) => resource.type === type && now < resource.deletedAt + softDeletePeriod,
    );
  }

  /** Makes a deleted resource one of the living again. */
  restore({ deletedAt: _, ...resource }: DeletedResource): StoredResource {
    this.#deleted.delete(keyOf(resource));
    return this.put(resource);
  }

  all(): readonly StoredResource[] {
    return [...this.#resources.values()];
  }

  ofType(type: string): readonly StoredResource[] {
    return this.all().filter((resource) => resource.type === type);
  }

  find(type: string, matches: (resource: StoredResource) => boolean): StoredResource | undefined {
    return this.ofType(type).find(matches);
  }

  #recordOf(resource: ResourceToStore): StoredResource {
    if ("address" in resource) return { ...resource, identity: resource.identity ?? resource.address };
    const { stack, type, identity } = resource;
    const known = this.get(stack, type, identity);
    if (known !== undefined) return { ...known, ...resource };
    return { ...resource, address: `${type}[${JSON.stringify(identity)}]`, name: identity };
  }
}

function keyOf({ stack, type, identity }: Pick<StoredResource, "stack" | "type" | "identity">): string {
  return JSON.stringify([stack, type, identity]);
}
