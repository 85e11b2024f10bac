import {
  type AccessModel,
  buildAccessModel,
  readTerraformDocument,
  TerraformConfigurationError,
  type TerraformDocument,
  UnresolvedValues,
} from "../../analysis";
import { loadOrganization } from "../../environments/load-organization";
import { inOrder, loadEnvironments } from "../environments";
import { explained, readDocument } from "../read-plans";
import { synthesize } from "../start/synthesize";
import { UserError } from "../user-error";

/** Where a command learns who can become what. */
export interface ModelSource {
  /** Output of `terraform show -json PLANFILE`, or `STACK=FILE`; `-` is standard input. */
  readonly plan?: readonly string[] | undefined;
  /** A state file, or the output of `terraform show -json`; or `STACK=FILE`. */
  readonly state?: readonly string[] | undefined;
  /** Numbers of projects, `ID=NUMBER`, where a plan does not tell them. */
  readonly projectNumber?: readonly string[] | undefined;
  /** Terraform JSON of all stacks; the environments of this project are synthesized unless given. */
  readonly stacks?: readonly { readonly stack: string; readonly text: string }[] | undefined;
}

export interface LoadedModel {
  readonly model: AccessModel;
  readonly documents: readonly TerraformDocument[];
  readonly stacks: readonly string[];
  /** Projects whose number is not known, by the one that was made up. */
  readonly assumedNumbers: ReadonlyMap<string, string>;
  /** The text with names for values that are known only after apply. */
  named(text: string): string;
}

/**
 * The access model of plans and states, or else of this project's environments as they are declared.
 * @throws {UserError} in one line
 */
export async function loadModel({
  plan = [],
  state = [],
  stacks,
  projectNumber = [],
}: ModelSource): Promise<LoadedModel> {
  const given = [...plan, ...state].map(sourceOf);
  const texts =
    given.length > 0
      ? await explained(() =>
          Promise.all(given.map(async ({ stack, file }) => ({ stack, text: await readDocument(file) }))),
        )
      : (stacks ?? (await synthesize()));
  const unresolved = new UnresolvedValues(projectNumbers(given.length === 0, projectNumber));
  const documents = texts.map(({ stack, text }) => read(stack, text, unresolved));
  requireKind(plan.length, state.length, documents);
  return {
    model: buildAccessModel(documents.flatMap(({ resources }) => resources)),
    documents,
    stacks: texts.map(({ stack }) => stack),
    assumedNumbers: unresolved.assumedNumbers,
    named: (text) => unresolved.named(text),
  };
}

function read(stack: string, text: string, unresolved: UnresolvedValues): TerraformDocument {
  try {
    return readTerraformDocument(text, stack, unresolved);
  } catch (error) {
    if (error instanceof TerraformConfigurationError) throw new UserError(error.message);
    throw error;
  }
}

/** A state given as a plan, or the other way round, would be read well and mean something else. */
function requireKind(plans: number, states: number, documents: readonly TerraformDocument[]): void {
  if (plans + states === 0) return;
  for (const [index, { kind }] of documents.entries()) {
    const wanted = index < plans ? "plan" : "state";
    if (kind !== wanted && kind !== "configuration")
      throw new UserError(`this is a ${kind}, not a ${wanted}; give it as --${kind}`);
  }
}

function sourceOf(given: string, index: number): { readonly stack: string; readonly file: string } {
  const named = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)$/s.exec(given);
  if (named?.[1] !== undefined && named[2] !== undefined) return { stack: named[1], file: named[2] };
  return { stack: index === 0 ? "given" : `given-${index + 1}`, file: given };
}

/** Those that were given, and those of this project's environments where it is about these. */
function projectNumbers(ofEnvironments: boolean, given: readonly string[]): ReadonlyMap<string, string> {
  const stated = given.map((text): [string, string] => {
    const [, id, number] = /^([a-z][a-z0-9-]{4,28}[a-z0-9])=([0-9]{6,20})$/.exec(text) ?? [];
    if (id === undefined || number === undefined) throw new UserError("--project-number: expected ID=NUMBER");
    return [id, number];
  });
  const declared = ofEnvironments
    ? [...inOrder(loadEnvironments()), loadOrganization()].map(({ project }) => [project.id, project.number] as const)
    : [];
  return new Map([...declared, ...stated]);
}
