import type { JsonObject } from "../../../../analysis";
import { serviceAgentType } from "../../../store/own-records";
import { ResourceStore, type StoredResource } from "../../../store/resource-store";
import {
  type GoogleProject,
  type ResourceRules,
  type RuleContext,
  resourceRules,
  type Violation,
  withDefaults,
} from "..";

export const dev: GoogleProject = { id: "example-dev", number: "710000000001", stack: "dev" };
export const prod: GoogleProject = { id: "example-prod", number: "710000000003", stack: "prod" };

export function rulesOf(type: string): ResourceRules {
  const rules = resourceRules.get(type);
  if (rules === undefined) throw new Error(`no rules for ${type}`);
  return rules;
}

/** A cloud in which resources are made and removed by the rules, as both ways in do it. */
export class Cloud {
  readonly store = new ResourceStore();
  now = Date.UTC(2026, 5, 1);

  context(stack = "dev"): RuleContext {
    const projects = [dev, prod];
    return { stack, project: projects.find((one) => one.stack === stack), projects, store: this.store, now: this.now };
  }

  /** What plan and creation find wrong; nothing is stored. */
  refusals(type: string, given: JsonObject, stack = "dev"): readonly Violation[] {
    const rules = rulesOf(type);
    const values = withDefaults(rules, given);
    const found = rules.validate?.(values, this.context(stack)) ?? [];
    const refused = found.length > 0 ? undefined : rules.refuseCreate?.(values, this.context(stack));
    return refused === undefined ? found : [refused];
  }

  /** The words of what is wrong, one line each. */
  words(type: string, given: JsonObject, stack = "dev"): readonly string[] {
    return this.refusals(type, given, stack).map(({ summary, detail }) =>
      [summary, ...(detail === undefined ? [] : [detail])].join(": "),
    );
  }

  /** @throws {Error} with the words of a refusal */
  create(type: string, given: JsonObject, stack = "dev"): StoredResource {
    const refused = this.words(type, given, stack);
    if (refused.length > 0) throw new Error(refused.join("; "));
    const rules = rulesOf(type);
    const args = withDefaults(rules, given);
    const values = { ...rules.computed(args, this.context(stack)), ...args };
    return this.store.put({ stack, type, identity: rules.identity(values, this.context(stack)), values });
  }

  /** The words of the refusal to change a resource; undefined where it is changed. */
  update(before: StoredResource, change: JsonObject): string | undefined {
    const after = { ...before.values, ...change };
    const refused = rulesOf(before.type).refuseUpdate?.(before.values, after, this.context(before.stack));
    if (refused === undefined) this.store.put({ ...before, values: after });
    return refused?.summary;
  }

  /** The words of the refusal to delete a resource; undefined where it is gone. */
  remove(resource: StoredResource): string | undefined {
    const rules = rulesOf(resource.type);
    const refused = rules.refuseDelete?.(resource.values, this.context(resource.stack));
    if (refused !== undefined) return refused.summary;
    if (rules.softDelete === true) this.store.retire(resource.stack, resource.address, this.now);
    else this.store.remove(resource.stack, resource.address);
    return undefined;
  }

  addIapAgent({ number }: GoogleProject): void {
    const email = `service-${number}@gcp-sa-iap.iam.gserviceaccount.com`;
    this.store.put({ stack: "google", type: serviceAgentType, identity: email, values: { email } });
  }
}
