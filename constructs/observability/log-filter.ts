import { withoutReferences } from "../federation/reference";

/**
 * An expression of the Logging query language, which no value can change the shape of: every value is quoted.
 * Source: cloud.google.com/logging/docs/view/logging-query-language.
 */
export interface LogFilter {
  readonly text: string;
}

/** A path of fields, such as `protoPayload.methodName`; quoted parts hold names with other characters. */
const fieldPattern = /^[A-Za-z_][A-Za-z0-9_]*(\.([A-Za-z_][A-Za-z0-9_]*|"[^"\\]+"))*$/;

export const equals = (field: string, value: string): LogFilter => compare(field, "=", value);

/** @param expression in RE2, found anywhere unless it is anchored */
export const matches = (field: string, expression: string): LogFilter => compare(field, "=~", expression);

/** Holds for entries that have the field at all. */
export const isPresent = (field: string): LogFilter => ({ text: `${checked(field)}:*` });

/** Holds where a number differs; an entry without the field does not hold. */
export const isNotNumber = (field: string, number: number): LogFilter => ({ text: `${checked(field)}!=${number}` });

export const not = ({ text }: LogFilter): LogFilter => ({ text: `NOT (${text})` });
export const allOf = (...filters: readonly [LogFilter, ...LogFilter[]]): LogFilter => joined("AND", filters);
export const anyOf = (...filters: readonly [LogFilter, ...LogFilter[]]): LogFilter => joined("OR", filters);

/** The field has one of the values. */
export const isOneOf = (field: string, [first, ...others]: readonly [string, ...string[]]): LogFilter =>
  anyOf(equals(field, first), ...others.map((value) => equals(field, value)));

const joined = (operator: "AND" | "OR", filters: readonly LogFilter[]): LogFilter => ({
  text: `(${filters.map(({ text }) => text).join(` ${operator} `)})`,
});

const compare = (field: string, operator: string, value: string): LogFilter => ({
  text: `${checked(field)}${operator}${quoted(value)}`,
});

const reference = /(\$\{TfToken\[[^\]{}]*\]\})/;

/** CDKTF writes references to numbers as huge doubles, and looks for these in every string. */
const exponentOfDouble = /(?<=[0-9.])e(?=[+-]?[0-9]{3})/g;

/**
 * The value between quotes. Control characters are escaped, and so are the braces by which Terraform and CDKTF know the
 * beginning of an expression; references that CDKTF itself has put in stay.
 */
export function quoted(value: string): string {
  if (withoutReferences(value) === value) return `"${escaped(value)}"`;
  return `"${value
    .split(reference)
    .map((part, index) => (index % 2 === 1 ? part : escaped(part)))
    .join("")}"`;
}

const escaped = (text: string): string =>
  JSON.stringify(text).slice(1, -1).replaceAll("{", "\\u007b").replace(exponentOfDouble, "\\u0065");

/** The text as an expression in RE2 that matches only itself. */
export const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

function checked(field: string): string {
  if (!fieldPattern.test(field)) throw new Error(`${JSON.stringify(field)} is no field of a log entry`);
  return field;
}
