import type { Construct } from "constructs";

/** What an error names: a construct, or one whose construction has not begun because its properties are checked before. */
export interface ConstructPlace {
  readonly node: { readonly path: string };
}

/** The construct that will stand under this id. */
export const placeOf = (scope: Construct, id: string): ConstructPlace => ({
  node: { path: scope.node.path === "" ? id : `${scope.node.path}/${id}` },
});

/** A construct was given a value that Google or Entra would refuse, or that would open more than it says. */
export class PropertyError extends Error {
  override readonly name = "PropertyError";

  /**
   * @param constructPath path in the construct tree, such as `dev/github`
   * @param property dotted path of the property
   * @param value what was given, as a reader may see it; never a secret
   * @param rule the rule that it breaks, with its source's own numbers
   */
  constructor(
    readonly constructPath: string,
    readonly property: string,
    readonly value: string,
    readonly rule: string,
  ) {
    super(`${constructPath}: ${property} is ${JSON.stringify(value) ?? "nothing"}; ${rule}`);
  }
}

/** Throws a `PropertyError` unless `holds`. */
export function requireProperty(
  scope: ConstructPlace,
  property: string,
  value: string,
  holds: boolean,
  rule: string,
): asserts holds {
  if (!holds) throw new PropertyError(scope.node.path, property, value, rule);
}

/** The list, when it is one: a text would be taken letter by letter, as synthesis runs without a type check. */
export function requireList<T>(scope: ConstructPlace, property: string, values: readonly T[]): readonly T[] {
  requireProperty(scope, property, String(values), Array.isArray(values), "expected a list");
  return values;
}

/**
 * A property that is true or false. "false" as a text would count as true in one place and not in another, and a variable is not
 * known at synthesis: neither may decide whether somebody is cut off.
 */
export function requireFlag(scope: ConstructPlace, property: string, value: boolean | undefined): boolean {
  const isFlag = value === undefined || value === true || value === false;
  requireProperty(scope, property, String(value), isFlag, "expected true or false, known at synthesis");
  return value === true;
}

/** The list as one that has a first element. An empty list of who is admitted is a mistake, never "everyone". */
export function requireSome<T>(scope: ConstructPlace, property: string, values: readonly T[]): readonly [T, ...T[]] {
  const [first, ...others] = requireList(scope, property, values);
  if (first === undefined) throw new PropertyError(scope.node.path, property, "[]", "expected at least one value");
  return [first, ...others];
}

/** The value, when it has the form. */
export function requireForm(
  scope: ConstructPlace,
  property: string,
  value: string,
  form: RegExp,
  rule: string,
): string {
  requireProperty(scope, property, value, typeof value === "string" && form.test(value), rule);
  return value;
}
