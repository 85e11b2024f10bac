import type { Resource } from "../../analysis";

/** What has been applied, of all stacks. Every service of the twin reads from here at each request, so a change counts at once. */
export class ResourceStore {
  readonly #resources = new Map<string, Resource>();
  #version = 0;

  /** Raised by every change; what is derived from the store is kept only as long as it stays the same. */
  get version(): number {
    return this.#version;
  }

  put(resource: Resource): void {
    this.#resources.set(`${resource.stack}/${resource.address}`, resource);
    this.#version += 1;
  }

  remove(stack: string, address: string): void {
    this.#resources.delete(`${stack}/${address}`);
    this.#version += 1;
  }

  all(): readonly Resource[] {
    return [...this.#resources.values()];
  }

  ofType(type: string): readonly Resource[] {
    return this.all().filter((resource) => resource.type === type);
  }

  find(type: string, matches: (resource: Resource) => boolean): Resource | undefined {
    return this.ofType(type).find(matches);
  }
}
