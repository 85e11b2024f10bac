import { isNoise } from "./noise";
import { identityOf, isEmpty, isShownList, isShownObject, type ShownObject, type ShownValue } from "./shown-value";

export type AttributePath = readonly (string | number)[];

/** One value that differs, at the deepest place where both sides still have the same shape. */
export interface AttributeChange {
  readonly path: AttributePath;
  /** Absent where nothing was there. */
  readonly before?: ShownValue;
  /** Absent where nothing will be there. */
  readonly after?: ShownValue;
  /** Whether Terraform has to replace the object because of it. */
  readonly forcesReplacement: boolean;
  /** Bookkeeping of the cloud or the provider, or two ways of saying "nothing". */
  readonly noise: boolean;
}

/**
 * What differs between two states of an object, in the order of the names. Lists of texts and numbers are one value;
 * blocks in lists are compared with the block that is equal, else with the one in the same place among the rest.
 * @param type of the resource; decides what is noise
 * @param replacePaths `replace_paths` of the plan
 */
export function attributeChanges(
  type: string,
  before: ShownObject | undefined,
  after: ShownObject | undefined,
  replacePaths: readonly AttributePath[] = [],
): readonly AttributeChange[] {
  const changes: AttributeChange[] = [];
  const compare = (path: AttributePath, was: ShownValue | undefined, becomes: ShownValue | undefined): void => {
    if (identityOf(was) === identityOf(becomes)) return;
    const one = likewise(was, becomes);
    const other = likewise(becomes, was);
    if (isShownObject(one) && isShownObject(other)) {
      for (const name of namesOf(one, other)) compare([...path, name], own(one, name), own(other, name));
      return;
    }
    if (isShownList(one) && isShownList(other) && [...one, ...other].every(isBlock)) {
      const pairs = pairBlocks(one, other);
      if (pairs.length > 0) {
        for (const pair of pairs) compare([...path, pair.index], pair.was, pair.becomes);
        return;
      }
    }
    changes.push({
      path,
      ...(was === undefined || was === null ? {} : { before: was }),
      ...(becomes === undefined || becomes === null ? {} : { after: becomes }),
      forcesReplacement: replacePaths.some((forcing) => overlaps(forcing, path)),
      noise: isNoise(type, path) || (isEmpty(was) && isEmpty(becomes)),
    });
  };
  for (const name of namesOf(before ?? {}, after ?? {})) {
    compare([name], own(before ?? {}, name), own(after ?? {}, name));
  }
  return changes;
}

/** `oidc[0].issuer_uri`; names that are no identifiers are quoted. */
export function pathText(path: AttributePath): string {
  return path
    .map((segment, position) => {
      if (typeof segment === "number") return `[${segment}]`;
      if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return position === 0 ? segment : `.${segment}`;
    })
    .join("");
}

/** Nothing, beside a block or blocks, is an empty one: so that a block that comes or goes is told attribute by attribute. */
function likewise(value: ShownValue | undefined, other: ShownValue | undefined): ShownValue | undefined {
  if (value !== undefined && value !== null) return value;
  if (isShownObject(other) && !isEmpty(other)) return {};
  return isShownList(other) && !isEmpty(other) && other.every(isBlock) ? [] : value;
}

const own = (value: ShownObject, name: string): ShownValue | undefined =>
  Object.hasOwn(value, name) ? value[name] : undefined;

const namesOf = (one: ShownObject, other: ShownObject): readonly string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();

const isBlock = (value: ShownValue): boolean => isShownObject(value);

interface BlockPair {
  readonly index: number;
  readonly was: ShownValue | undefined;
  readonly becomes: ShownValue | undefined;
}

/** Blocks without an equal one on the other side; none where only the order differs. */
function pairBlocks(before: readonly ShownValue[], after: readonly ShownValue[]): readonly BlockPair[] {
  const gone = unmatched(before, after);
  const come = unmatched(after, before);
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, position) => ({
    index: come[position]?.index ?? gone[position]?.index ?? position,
    was: gone[position]?.value,
    becomes: come[position]?.value,
  }));
}

function unmatched(
  from: readonly ShownValue[],
  others: readonly ShownValue[],
): readonly { readonly index: number; readonly value: ShownValue }[] {
  const available = new Map<string, number>();
  for (const other of others) available.set(identityOf(other), (available.get(identityOf(other)) ?? 0) + 1);
  return from.flatMap((value, index) => {
    const left = available.get(identityOf(value)) ?? 0;
    if (left === 0) return [{ index, value }];
    available.set(identityOf(value), left - 1);
    return [];
  });
}

const overlaps = (one: AttributePath, other: AttributePath): boolean => {
  const shared = Math.min(one.length, other.length);
  return one.slice(0, shared).every((segment, position) => String(segment) === String(other[position]));
};
