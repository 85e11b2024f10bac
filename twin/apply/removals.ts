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
   * @returns what is refused still; first what refuses for a setting of its own, then what is only in use by such
   */
  async removeAll(resources: readonly StoredResource[]): Promise<readonly Refused[]> {
    let left: readonly StoredResource[] = [...resources].reverse();
    for (;;) {
      const refused: Refused[] = [];
      for (const resource of left) {
        const violation = loaderRules(resource.type)?.refuseDelete?.(resource.values, this.context());
        if (violation === undefined) await this.#remove(resource);
        else {
          const error = new ResourceRefusedError(resource.stack, resource.address, [violation]);
          refused.push({ resource, error, hasOwnReason: violation.path.length > 0 });
        }
      }
      if (refused.length === 0 || refused.length === left.length) {
        return refused.sort((one, other) => Number(other.hasOwnReason) - Number(one.hasOwnReason));
      }
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
  /** Whether one of its own attributes forbids it, such as deletion_protection. */
  readonly hasOwnReason: boolean;
}
