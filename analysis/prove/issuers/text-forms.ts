import { type CharacterSet, charactersOf, complement, digits, union, wordCharacters } from "../character-set";
import type { ClaimVariable } from "../claim-variable";
import { and, not, or, type Term, text } from "../term";
import { sameText } from "../text-terms";

/** Characters that issuers write ids and names with, and tests of claims. */

/** A part that several claims have in common and that is no claim itself; a token never shows it. */
export const hidden = (part: string): string => `\u0000${part}`;
export const isHidden = (claim: string): boolean => claim.startsWith("\u0000");

export const digitsOnly: CharacterSet = digits;
/** Names of owners and repositories, of groups and projects. */
export const plainName: CharacterSet = union(wordCharacters, charactersOf("-."));
export const pathOfNames: CharacterSet = union(plainName, charactersOf("/"));
/** What a ref of git may hold. Source: git-check-ref-format. */
export const refCharacters: CharacterSet = complement(union([[0, 0x20]], [[0x7f, 0x7f]], charactersOf("~^:?*[\\")));

/** The claim is a text and one of these. */
export const isOneOf = (claim: ClaimVariable, ...values: readonly string[]): Term<"Bool"> =>
  and(claim.is("text"), or(...values.map((value) => sameText(claim.text, text(value)))));

/** The claim is no text, or none of these. */
export const isNoneOf = (claim: ClaimVariable, values: readonly Term<"String">[]): Term<"Bool"> =>
  or(not(claim.is("text")), and(...values.map((value) => not(sameText(claim.text, value)))));

/** Claims that are texts always, and those that may be missing. */
export const textClaims = (always: readonly string[], optional: readonly string[]) => ({
  ...Object.fromEntries(always.map((name) => [name, ["text"] as const])),
  ...Object.fromEntries(optional.map((name) => [name, ["absent", "text"] as const])),
});
