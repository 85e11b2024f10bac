import type { ResourceStore, StoredResource } from "../store/resource-store";
import type { RuleContext } from "../terraform/rules";
import { loaderRules } from "./planned-resource";
import { ResourceRefusedError } from "./resource-refused-error";
import { type DeployStep, deployStepsOf } from "./terraform-data";

/** Resources to remove; what is in use by another of them goes after it. */
export class Removals {
  constructor(
    private readonly store: ResourceStore,
    private readonly context: () => RuleContext,
    private readonly runDeployStep: (step: DeployStep) => Promise<void>,
  ) {}

  /**
   * Removes what the cloud lets go: the youngest first, and again as long as that frees others.
   * @returns what is refused still
   */
  async removeAll(resources: readonly StoredResource[]): Promise<readonly Refused[]> {
    // The store keeps the order of creation, so that what refers to others comes before them here.
    let left: readonly StoredResource[] = [...resources].reverse();
    for (;;) {
      const refused: Refused[] = [];
      for (const resource of left) {
        const violation = loaderRules(resource.type)?.refuseDelete?.(resource.values, this.context());
        if (violation === undefined) await this.#remove(resource);
        else refused.push({ resource, error: new ResourceRefusedError(resource.stack, resource.address, [violation]) });
      }
      if (refused.length === 0 || refused.length === left.length) return refused;
      left = refused.map(({ resource }) => resource);
    }
  }

  async #remove(resource: StoredResource): Promise<void> {
    for (const step of deployStepsOf(resource, "destroy")) await this.runDeployStep(step);
    const { stack, address, type } = resource;
    if (loaderRules(type)?.softDelete === true) this.store.retire(stack, address, this.context().now);
    else this.store.remove(stack, address);
  }
}

export interface Refused {
  readonly resource: StoredResource;
  readonly error: ResourceRefusedError;
}
