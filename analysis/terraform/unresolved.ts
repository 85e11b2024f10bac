/**
 * Who will say what a value is: the cloud makes an id that nothing else has; whoever applies may give anything.
 */
export type UnresolvedOrigin = "cloud" | "input";

/** Characters of Unicode's private use, which no id and no claim of ours has. */
const [open, close] = ["\uE000", "\uE001"];
/** Whether a text holds a value that is known only after apply. */
export const isUnresolved = (text: string): boolean => text.includes(open);
const placeholder = /\uE000([0-9]+)\uE001/g;

/**
 * Values that are known only after apply, each as a text of its own that stands for it, so that what depends on it can still
 * be reasoned about; and the names by which a reader knows them.
 */
export class UnresolvedValues {
  readonly #byReference = new Map<string, string>();
  readonly #references: { readonly reference: string; readonly origin: UnresolvedOrigin }[] = [];
  readonly #assumed = new Map<string, string>();

  /** @param projectNumbers of the projects whose number is known, by id */
  constructor(private readonly projectNumbers: ReadonlyMap<string, string> = new Map()) {}

  /**
   * @param scope within which the same reference is the same value: the stack
   * @param reference as written, `${var.repository}`
   */
  standIn(scope: string, reference: string, origin: UnresolvedOrigin): string {
    const key = `${scope}\n${reference}`;
    const present = this.#byReference.get(key);
    if (present !== undefined) return present;
    const made = `${open}${this.#references.length}${close}`;
    this.#references.push({ reference, origin });
    this.#byReference.set(key, made);
    return made;
  }

  /** The number of a project; where it is not known, one of 12 digits that is no other project's. */
  projectNumber(project: string): string {
    const present = this.projectNumbers.get(project) ?? this.#assumed.get(project);
    if (present !== undefined) return present;
    const made = `9${String(this.#assumed.size + 1).padStart(11, "0")}`;
    this.#assumed.set(project, made);
    return made;
  }

  /** The text cut at the values that whoever applies gives: every second part is the reference of one. */
  inputsIn(text: string): readonly string[] {
    const parts: string[] = [];
    let from = 0;
    for (const match of text.matchAll(placeholder)) {
      const value = this.#references[Number(match[1])];
      if (value?.origin !== "input") continue;
      parts.push(text.slice(from, match.index), value.reference);
      from = match.index + match[0].length;
    }
    return [...parts, text.slice(from)];
  }

  /** The text with the names of the values that it holds. */
  named(text: string): string {
    return text.replace(placeholder, (whole, index: string) => this.#references[Number(index)]?.reference ?? whole);
  }

  /** The projects whose number was assumed, by number. */
  get assumedNumbers(): ReadonlyMap<string, string> {
    return new Map([...this.#assumed].map(([project, number]) => [number, project]));
  }
}
