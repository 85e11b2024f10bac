import { and, boolean, choose, compare, equal, integer, not, or, type Term, variable } from "../term";
import { type Machine, oneOf } from "./machine";
import { partition, type TextClass } from "./partition";
import { type TextAtom, textAtom, type UnaryAtom, variablesIn } from "./unary";

/**
 * Texts taken out of a question. A variable about which only regular things are said, and that it equals others of its
 * kind, stands for one of finitely many classes of texts and a place in it; a solver that is weak on texts is then asked
 * about small numbers alone. The question has a model exactly where the original has one.
 */
export interface Abstraction {
  readonly assertions: readonly Term<"Bool">[];
  /** A term of the original question in terms of the new one. */
  rewritten(term: Term<"Bool">): Term<"Bool">;
  /** The number that says which text a variable is; undefined for a variable that stayed. */
  placeOf(text: Term<"String">): TextPlace | undefined;
}

export interface TextPlace {
  readonly classNumber: Term<"Int">;
  readonly index: Term<"Int">;
  /** Characters of the text. */
  readonly size: Term<"Int">;
  read(classNumber: number, index: number): string | undefined;
}

/** Variables that may be equal, and what is said of any of them. */
interface Group {
  readonly variables: readonly Term<"String">[];
  readonly machines: readonly Machine[];
  /** Literals that variables are compared with, in the order of the first machine's outputs. */
  readonly literals: readonly string[];
  readonly classes: readonly TextClass[];
}

/** Classes that were found before, by what divides them. */
export type KnownPartitions = Map<string, readonly TextClass[] | undefined>;

/** @param more terms that are asked about later */
export function abstractTexts(
  assertions: readonly Term<"Bool">[],
  more: readonly Term<"Bool">[],
  known: KnownPartitions,
): Abstraction {
  const atoms = new Map<Term, TextAtom>();
  const seen = new Set<Term>();
  for (const term of [...assertions, ...more]) collect(term, atoms, seen);
  const groups = groupsWithSplits(atoms, known);
  const groupOf = new Map(groups.flatMap((group) => group.variables.map(({ text }) => [text, group] as const)));
  const rewriter = new Rewriter(atoms, groupOf);
  const bounds = groups.flatMap((group) => group.variables.map((text) => boundsOf(text, group)));
  return {
    assertions: [...bounds, ...assertions.map((assertion) => rewriter.rewrite(assertion))],
    rewritten: (term) => rewriter.rewrite(term),
    placeOf: (text) => {
      const group = groupOf.get(text.text);
      return (
        group && {
          ...numbersOf(text),
          size: sizeIn(text, group),
          read: (number, index) => group.classes[number]?.texts[index],
        }
      );
    },
  };
}

function collect(term: Term, atoms: Map<Term, TextAtom>, seen: Set<Term>): void {
  if (seen.has(term)) return;
  seen.add(term);
  if (term.sort === "Bool" && isBool(term)) {
    const atom = textAtom(term);
    if (atom !== undefined) {
      atoms.set(term, atom);
      return;
    }
  }
  if (term.args.some(({ sort }) => sort === "String")) {
    atoms.set(term, { kind: "other", variables: variablesIn(term) });
    return;
  }
  for (const part of term.args) collect(part, atoms, seen);
}

const isBool = (term: Term): term is Term<"Bool"> => term.sort === "Bool";

/**
 * The groups, where a text made of several variables is taken apart if all of them are in groups, and otherwise left whole:
 * such atoms become others.
 */
function groupsWithSplits(atoms: Map<Term, TextAtom>, known: KnownPartitions): readonly Group[] {
  for (;;) {
    const leaves = new Map<Term, TextAtom>();
    const seen = new Set<Term>();
    for (const atom of atoms.values()) if (atom.kind === "split") collect(atom.formula, leaves, seen);
    const groups = groupsOf([...atoms.values(), ...leaves.values()], known);
    const placed = new Set(groups.flatMap(({ variables }) => variables.map(({ text }) => text)));
    let whole = true;
    for (const [term, atom] of atoms)
      if (atom.kind === "split" && atom.variables.some(({ text }) => !placed.has(text))) {
        atoms.set(term, { kind: "other", variables: atom.variables });
        whole = false;
      }
    if (whole) return groups;
  }
}

/** Groups of variables of which everything is regular. */
function groupsOf(atoms: readonly TextAtom[], known: KnownPartitions): readonly Group[] {
  const parents = new Map<string, string>();
  const rootOf = (name: string): string => {
    const parent = parents.get(name) ?? name;
    return parent === name ? name : rootOf(parent);
  };
  const variables = new Map<string, Term<"String">>();
  const hard = new Set<string>();
  for (const atom of atoms) {
    if (atom.kind === "split") continue;
    const own =
      atom.kind === "unary" ? [atom.variable] : atom.kind === "equal" ? [atom.left, atom.right] : atom.variables;
    const [first] = own;
    for (const text of own) {
      variables.set(text.text, text);
      if (first !== undefined) parents.set(rootOf(text.text), rootOf(first.text));
      if (atom.kind === "other") hard.add(text.text);
    }
  }
  const members = new Map<string, Term<"String">[]>();
  for (const text of variables.values())
    members.set(rootOf(text.text), [...(members.get(rootOf(text.text)) ?? []), text]);
  return [...members.values()].flatMap((own) => {
    if (own.some(({ text }) => hard.has(text))) return [];
    const names = new Set(own.map(({ text }) => text));
    const said = atoms.flatMap((atom) => (atom.kind === "unary" && names.has(atom.variable.text) ? [atom] : []));
    return groupOf(own, said, known) ?? [];
  });
}

function groupOf(
  variables: readonly Term<"String">[],
  said: readonly UnaryAtom[],
  known: KnownPartitions,
): Group | undefined {
  const literals = [...new Set(said.flatMap(({ literal }) => literal ?? []))];
  const named = new Map(
    said.flatMap(({ machine, literal }) => (literal === undefined ? [[machine.name, machine]] : [])),
  );
  const machines = [oneOf(literals), ...named.values()];
  const key = JSON.stringify([variables.length, ...machines.map(({ name }) => name)]);
  if (!known.has(key)) known.set(key, partition(machines, variables.length));
  const classes = known.get(key);
  return classes && { variables, machines, literals, classes };
}

const numbersOf = ({ text }: Term<"String">) => ({
  classNumber: variable("Int", `${text}_class`),
  index: variable("Int", `${text}_index`),
});

function sizeIn(text: Term<"String">, { classes }: Group): Term<"Int"> {
  const { classNumber } = numbersOf(text);
  const lengths = classes.map(({ texts }) => Math.max(0, ...texts.map(({ length }) => length)));
  return lengths.reduce<Term<"Int">>(
    (otherwise, length, number) => choose(equal(classNumber, integer(number)), integer(length), otherwise),
    integer(0),
  );
}

function boundsOf(text: Term<"String">, { classes }: Group): Term<"Bool"> {
  const { classNumber, index } = numbersOf(text);
  const within = (value: Term<"Int">, count: number) =>
    and(compare(">=", value, integer(0)), compare("<", value, integer(count)));
  const most = Math.max(...classes.map(({ texts }) => texts.length));
  if (most <= 1) return and(within(classNumber, classes.length), equal(index, integer(0)));
  const sized = classes.map(({ texts }, number) =>
    or(not(equal(classNumber, integer(number))), within(index, texts.length)),
  );
  return and(within(classNumber, classes.length), ...sized);
}

class Rewriter {
  readonly #done = new Map<Term, Term>();

  constructor(
    private readonly atoms: ReadonlyMap<Term, TextAtom>,
    private readonly groups: ReadonlyMap<string, Group>,
  ) {}

  rewrite<T extends Term>(term: T): T;
  rewrite(term: Term): Term {
    const known = this.#done.get(term);
    if (known !== undefined) return known;
    const made = this.#made(term);
    this.#done.set(term, made);
    return made;
  }

  #made(term: Term): Term {
    const atom = this.atoms.get(term) ?? (isBool(term) ? textAtom(term) : undefined);
    if (atom?.kind === "unary") return this.#unary(atom) ?? term;
    if (atom?.kind === "equal") return this.#equal(atom.left, atom.right) ?? term;
    if (atom?.kind === "split") return this.rewrite(atom.formula);
    if (atom?.kind === "other" || term.args.length === 0) return term;
    const args = term.args.map((part) => this.rewrite(part));
    if (term.text === "and") return and(...args.filter(isBool));
    if (term.text === "or") return or(...args.filter(isBool));
    const [only] = args;
    if (term.text === "not" && only !== undefined && isBool(only)) return not(only);
    return { ...term, args };
  }

  /** The classes in which the statement holds. */
  #unary({ variable: text, machine, output, literal }: UnaryAtom): Term<"Bool"> | undefined {
    const group = this.groups.get(text.text);
    if (group === undefined) return undefined;
    const place = literal === undefined ? group.machines.findIndex(({ name }) => name === machine.name) : 0;
    const expected = literal === undefined ? output : String(group.literals.indexOf(literal) + 1);
    const { classNumber } = numbersOf(text);
    const holding = group.classes.flatMap(({ outputs }, number) => (outputs[place] === expected ? [number] : []));
    if (holding.length === group.classes.length) return boolean(true);
    return or(...holding.map((number) => equal(classNumber, integer(number))));
  }

  #equal(left: Term<"String">, right: Term<"String">): Term<"Bool"> | undefined {
    if (!this.groups.has(left.text) || !this.groups.has(right.text)) return undefined;
    const [one, other] = [numbersOf(left), numbersOf(right)];
    return and(equal(one.classNumber, other.classNumber), equal(one.index, other.index));
  }
}
