import type { ResourceChange } from "../model/resource-change";
import {
  Hidden,
  identityOf,
  isEmpty,
  isShownList,
  isShownObject,
  type ShownObject,
  type ShownValue,
  textOf,
} from "../model/shown-value";

/**
 * The value at a path such as `oidc.issuer_uri`; a block in a list of one is passed through, as Terraform writes blocks
 * of at most one. A hidden value on the way is the answer.
 */
export function valueAt(values: ShownObject | undefined, path: string): ShownValue | undefined {
  let current: ShownValue | undefined = values;
  for (const name of path.split(".")) {
    if (isShownList(current)) current = current.length === 1 ? current[0] : undefined;
    if (current instanceof Hidden) return current;
    if (!isShownObject(current) || !Object.hasOwn(current, name)) return undefined;
    current = current[name];
  }
  return current;
}

/** Texts in a list; hidden ones as they are shown. */
export function textsAt(values: ShownObject | undefined, path: string): readonly string[] {
  const value = valueAt(values, path);
  if (isShownList(value)) return value.map(textOf);
  return isEmpty(value) ? [] : [textOf(value)];
}

/** Blocks under the name: a list of blocks, or one. */
export function blocksAt(values: ShownObject | undefined, path: string): readonly ShownObject[] {
  const value = valueAt(values, path);
  if (isShownObject(value)) return [value];
  return isShownList(value) ? value.filter((item) => isShownObject(item)) : [];
}

/** A resource before and after, for rules to compare. */
export class Sides {
  readonly type: string;
  readonly before: ShownObject | undefined;
  readonly after: ShownObject | undefined;

  constructor({ type, before, after }: Pick<ResourceChange, "type" | "before" | "after">) {
    this.type = type;
    this.before = before;
    this.after = after;
  }

  get created(): boolean {
    return this.before === undefined && this.after !== undefined;
  }

  get deleted(): boolean {
    return this.after === undefined;
  }

  get altered(): boolean {
    return this.before !== undefined && this.after !== undefined;
  }

  /** Whether the value at the path differs; two ways of saying nothing do not. */
  differs(path: string): boolean {
    const [was, becomes] = [valueAt(this.before, path), valueAt(this.after, path)];
    return !(isEmpty(was) && isEmpty(becomes)) && identityOf(was) !== identityOf(becomes);
  }

  was(path: string): ShownValue | undefined {
    return valueAt(this.before, path);
  }

  becomes(path: string): ShownValue | undefined {
    return valueAt(this.after, path);
  }

  /** The value as text, "nothing" where it is empty. */
  wasText(path: string): string {
    return isEmpty(this.was(path)) ? "nothing" : textOf(this.was(path));
  }

  becomesText(path: string): string {
    return isEmpty(this.becomes(path)) ? "nothing" : textOf(this.becomes(path));
  }

  /** Items of a list of texts that come and go. */
  items(path: string): { readonly added: readonly string[]; readonly removed: readonly string[] } {
    const [was, becomes] = [textsAt(this.before, path), textsAt(this.after, path)];
    return {
      added: becomes.filter((item) => !was.includes(item)),
      removed: was.filter((item) => !becomes.includes(item)),
    };
  }
}
