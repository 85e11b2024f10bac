import { type CharacterSet, holds } from "./character-set";
import { languageOfCharacters } from "./regular-expression";
import type { SymbolicRecord, SymbolicValue } from "./symbolic-value";
import { and, compare, equal, integer, not, or, type Term, variable } from "./term";
import { inLanguage } from "./text-terms";

/** The forms that JSON gives a claim; `absent` where the token has no such claim. */
export const claimForms = ["absent", "null", "text", "flag", "number", "list", "map"] as const;
export type ClaimForm = (typeof claimForms)[number];

/** The forms as the script declares them. A value that matters to nothing becomes the first, `absent`. */
export const kindDeclaration = `(declare-datatypes ((Kind 0)) ((${claimForms.map((form) => `(${form})`).join(" ")})))`;
interface ClaimDetails {
  readonly elementForms?: readonly ClaimForm[];
  readonly alphabet?: CharacterSet;
  readonly text?: Term<"String">;
}

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Characters that issuers put between the parts of a text. */
const separators = "/:@ ";

function textVariable(name: string, alphabet: CharacterSet | undefined): Term<"String"> {
  const made = variable("String", name);
  if (alphabet === undefined) return made;
  return { ...made, lacks: [...separators].filter((character) => !holds(alphabet, character)).join("") };
}

const anyElement = claimForms.filter((name) => name !== "absent");
const form = (name: ClaimForm): Term<"Kind"> => ({ sort: "Kind", text: name, args: [], literal: name });

/** Longest list that is written out; of longer ones nothing is assumed. */
const listLimit = 24;

/** What the claims of one build of a formula share: names, side conditions and how long lists have to be. */
export interface ClaimScope {
  fresh(hint: string): string;
  constrain(condition: Term<"Bool">): void;
  /** Elements that the lists at each path have. */
  readonly listSizes: Map<string, number>;
  /** Elements that the lists at each path turned out to need. */
  readonly listNeeds: Map<string, number>;
}

/** What is known of the claims of a token before any is looked at. */
export interface KnownClaims {
  /** The forms that a claim may have; all, where nothing is said. */
  readonly forms?: Readonly<Record<string, readonly ClaimForm[]>>;
  /** Characters that the text of a claim, which is then not empty, is made of. */
  readonly alphabets?: Readonly<Record<string, CharacterSet>>;
  /** Claims whose text follows from others. */
  readonly derived?: Readonly<Record<string, (token: ClaimVariable) => Term<"String">>>;
  /** Claims whose list holds nothing but texts. */
  readonly textLists?: readonly string[];
  /** A token that has the same claims, apart from some. */
  readonly sameAs?: { readonly token: ClaimVariable; readonly except: ReadonlySet<string> };
}

/** A claim, or a part of one, of which the solver chooses the form and the value. */
export class ClaimVariable {
  readonly text: Term<"String">;
  readonly flag: Term<"Bool">;
  readonly number: Term<"Real">;
  readonly #name: string;
  readonly #kind: Term<"Kind">;
  readonly #forms: readonly ClaimForm[];
  readonly #elementForms: readonly ClaimForm[];
  readonly #children = new Map<string, ClaimVariable>();
  #list: ListVariable | undefined;
  #value: SymbolicValue | undefined;

  constructor(
    private readonly scope: ClaimScope,
    /** Of the token, the claim and so on; tells lists apart. */
    readonly path: string,
    forms: readonly ClaimForm[],
    private readonly known: KnownClaims = {},
    { elementForms = anyElement, alphabet, text }: ClaimDetails = {},
  ) {
    this.#name = scope.fresh("claim");
    this.#elementForms = elementForms;
    this.text = text ?? textVariable(`${this.#name}_text`, alphabet);
    if (alphabet !== undefined) scope.constrain(inLanguage(this.text, languageOfCharacters(alphabet)));
    this.flag = variable("Bool", `${this.#name}_flag`);
    this.number = variable("Real", `${this.#name}_number`);
    this.#forms = forms;
    const [only, ...others] = forms;
    if (only !== undefined && others.length === 0) this.#kind = form(only);
    else {
      this.#kind = variable("Kind", `${this.#name}_form`);
      if (forms.length < claimForms.length) scope.constrain(or(...forms.map((name) => this.is(name))));
    }
  }

  get kind(): Term<"Kind"> {
    return this.#kind;
  }

  is(name: ClaimForm): Term<"Bool"> {
    return equal(this.#kind, form(name));
  }

  value(): SymbolicValue {
    // biome-ignore lint/suspicious/useIterableCallbackReturn: the switch covers every case
    this.#value ??= this.#forms.flatMap((name): SymbolicValue => {
      const when = this.is(name);
      switch (name) {
        case "absent":
          return [];
        case "null":
          return [{ when, content: { kind: "null" } }];
        case "text":
          return [{ when, content: { kind: "text", value: this.text } }];
        case "flag":
          return [{ when, content: { kind: "flag", value: this.flag } }];
        case "number":
          return [{ when, content: { kind: "number", value: this.number } }];
        case "map":
          return [{ when, content: { kind: "record", record: this.record() } }];
        case "list": {
          const list = this.list();
          return [{ when, content: list === undefined ? { kind: "opaque" } : { kind: "list", list: list.symbolic() } }];
        }
      }
    });
    return this.#value;
  }

  record(): SymbolicRecord {
    return {
      has: (key) => not(this.child(key).is("absent")),
      get: (key) => this.child(key).value(),
    };
  }

  child(key: string): ClaimVariable {
    const present = this.#children.get(key);
    if (present !== undefined) return present;
    const made = this.#madeChild(key);
    this.#children.set(key, made);
    return made;
  }

  #madeChild(key: string): ClaimVariable {
    const { forms = {}, textLists = [], alphabets = {}, derived = {}, sameAs } = this.known;
    if (sameAs !== undefined && !sameAs.except.has(key)) return sameAs.token.child(key);
    const path = `${this.path}.${JSON.stringify(key)}`;
    const [form, alphabet, derive] = [own(forms, key), own(alphabets, key), own(derived, key)];
    return new ClaimVariable(
      this.scope,
      path,
      form ?? claimForms,
      {},
      {
        ...(textLists.includes(key) ? { elementForms: ["text"] } : {}),
        ...(alphabet === undefined ? {} : { alphabet }),
        ...(derive === undefined ? {} : { text: derive(this) }),
      },
    );
  }

  get children(): ReadonlyMap<string, ClaimVariable> {
    return this.#children;
  }

  /** The list, where it is written out. */
  list(): ListVariable | undefined {
    if ((this.scope.listSizes.get(this.path) ?? 0) > listLimit) return undefined;
    this.#list ??= new ListVariable(this.scope, this.path, this.#name, this.#elementForms);
    return this.#list;
  }

  get writtenList(): ListVariable | undefined {
    return this.#list;
  }
}

/**
 * A list claim. A list satisfies what is asked of it as well when it is cut down to the elements that witness some
 * answer and to those looked at by position; so as many elements as there are questions are enough.
 */
export class ListVariable {
  readonly elements: readonly ClaimVariable[];
  readonly length: Term<"Int">;
  #witnesses = 0;
  #prefix = 0;

  constructor(
    private readonly scope: ClaimScope,
    private readonly path: string,
    name: string,
    elementForms: readonly ClaimForm[],
  ) {
    const size = scope.listSizes.get(path) ?? 0;
    this.#need(0, 0);
    this.length = variable("Int", `${name}_length`);
    scope.constrain(and(compare(">=", this.length, integer(0)), compare("<=", this.length, integer(size))));
    this.elements = Array.from(
      { length: size },
      (_, index) => new ClaimVariable(scope, `${path}[${index}]`, elementForms),
    );
  }

  symbolic() {
    return {
      length: this.length,
      elements: this.elements.map((element) => element.value()),
      source: {
        witness: () => this.#need(this.#witnesses + 1, this.#prefix),
        prefix: (count: number) => this.#need(this.#witnesses, Math.max(this.#prefix, count)),
      },
    };
  }

  #need(witnesses: number, prefix: number): void {
    this.#witnesses = witnesses;
    this.#prefix = prefix;
    this.scope.listNeeds.set(this.path, Math.max(this.scope.listNeeds.get(this.path) ?? 0, witnesses + prefix));
  }
}
