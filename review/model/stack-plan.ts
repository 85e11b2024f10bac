import { createHash } from "node:crypto";
import { type AccountGrant, grantsAsDrift } from "../plan/account-grants";
import { configurationReferences } from "../plan/configuration-references";
import type { ConstructPaths } from "../plan/construct-paths";
import { PlanError } from "../plan/plan-error";
import { type PlanJson, type PlannedOutputChange, readPlanJson } from "../plan/plan-json";
import { collectSecrets } from "./collect-secrets";
import { configurationAddress, readChange } from "./read-change";
import { Redactor } from "./redactor";
import type { ResourceChange } from "./resource-change";
import { mergeMarks } from "./sensitive-marks";
import type { ShownValue } from "./shown-value";

export interface OutputChange {
  readonly stack: string;
  readonly name: string;
  readonly action: "create" | "update" | "delete";
  readonly before?: ShownValue;
  readonly after?: ShownValue;
}

/** Type and place of an object that the state holds. */
export interface ManagedObject {
  readonly address: string;
  readonly type: string;
  readonly constructPath?: string;
}

/** A plan of one stack after redaction; whatever is reported comes from here. */
export interface StackPlan {
  readonly stack: string;
  /** SHA-256, in hex, of the JSON that was read; of Terraform's plan file where it was not turned into JSON. */
  readonly digest: string;
  /** In the order of their addresses. */
  readonly changes: readonly ResourceChange[];
  /** What changed in the cloud since the last apply, before this plan. */
  readonly drift: readonly ResourceChange[];
  readonly outputs: readonly OutputChange[];
  /** Managed objects that the state held before. */
  readonly managed: readonly ManagedObject[];
  /** Changes that Terraform put off to a later plan. */
  readonly deferred: number;
  /** False where another plan has to follow, as with -target. */
  readonly complete: boolean;
  /** Whether the plan decides on resources, which a refresh-only plan does not. */
  readonly decidesOnResources: boolean;
  /** Whether the policies of the service accounts were read beside, so that the drift holds all of their members. */
  readonly accountPoliciesRead: boolean;
}

export interface StackPlanOptions {
  /** Name of the stack: letters, digits, `.`, `_` and `-`, at most 64. */
  readonly stack: string;
  /** From the stack's cdk.tf.json; without them resources go by their addresses. */
  readonly constructPaths?: ConstructPaths;
  /** Members of service accounts that Terraform does not know of; without them nobody has looked. */
  readonly foreignGrants?: readonly AccountGrant[] | undefined;
}

const stackNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Reads what `terraform show -json PLANFILE` wrote. Secrets end here: marked sensitive, named like one, or looking like one.
 * @throws {PlanError} in one line, without values of the plan
 */
export function readStackPlan(
  text: string,
  { stack, constructPaths = new Map(), foreignGrants }: StackPlanOptions,
): StackPlan {
  if (!stackNamePattern.test(stack)) {
    throw new PlanError("a stack's name is letters, digits, dots, underscores and hyphens, at most 64 of them");
  }
  const plan = readPlanJson(text, stack);
  const redactor = new Redactor(collectSecrets(plan));
  const reader = { stack, redactor, constructPaths, references: configurationReferences(plan.configuration) };
  const read = (planned: PlanJson["resource_changes"]): readonly ResourceChange[] =>
    (planned ?? []).map((change) => readChange(change, reader)).sort(byAddress);
  return {
    stack,
    digest: createHash("sha256").update(text).digest("hex"),
    changes: read(plan.resource_changes),
    drift: read([...(plan.resource_drift ?? []), ...grantsAsDrift(plan, foreignGrants ?? [])]),
    outputs: readOutputs(plan, stack, redactor),
    managed: readManaged(plan, redactor, constructPaths),
    deferred: plan.deferred_changes?.length ?? 0,
    complete: plan.complete ?? true,
    decidesOnResources: (plan.resource_changes ?? []).some(({ mode }) => mode === "managed"),
    accountPoliciesRead: foreignGrants !== undefined,
  };
}

/** A plan of which Terraform has said that it changes nothing, and found nothing changed. @param digest of the plan file */
export const unchangedPlan = (stack: string, digest: string): StackPlan => ({
  stack,
  digest,
  changes: [],
  drift: [],
  outputs: [],
  managed: [],
  deferred: 0,
  complete: true,
  decidesOnResources: false,
  accountPoliciesRead: false,
});

function readOutputs(plan: PlanJson, stack: string, redactor: Redactor): readonly OutputChange[] {
  return Object.entries(plan.output_changes ?? {})
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, change]) => {
      const action = outputAction(change);
      if (action === undefined) return [];
      const sensitive = mergeMarks(change.before_sensitive, change.after_sensitive);
      return [
        {
          stack,
          name: redactor.name(name),
          action,
          ...(action === "create" ? {} : { before: redactor.value(name, change.before, { sensitive }) }),
          ...(action === "delete"
            ? {}
            : { after: redactor.value(name, change.after, { sensitive, unknown: change.after_unknown }) }),
        },
      ];
    });
}

function outputAction({ actions }: PlannedOutputChange): OutputChange["action"] | undefined {
  return actions === "create" || actions === "update" || actions === "delete" ? actions : undefined;
}

function readManaged(plan: PlanJson, redactor: Redactor, paths: ConstructPaths): readonly ManagedObject[] {
  return (plan.prior_state?.values?.resources ?? [])
    .filter(({ mode }) => mode === "managed")
    .map(({ address, type }) => {
      const constructPath = paths.get(configurationAddress(address));
      return {
        address: redactor.name(address),
        type,
        ...(constructPath === undefined ? {} : { constructPath: redactor.name(constructPath) }),
      };
    })
    .sort(byAddress);
}

const byAddress = (one: { readonly address: string }, other: { readonly address: string }): number =>
  one.address < other.address ? -1 : one.address > other.address ? 1 : 0;
