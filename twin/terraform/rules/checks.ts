import type { Json, JsonObject } from "../../../analysis";
import { isUnknown, type Violation } from "./resource-rules";
import { isList, isSet, type Located, valuesAt } from "./values";

/** A plan-time rule on the arguments alone. */
export type Check = (values: JsonObject) => readonly Violation[];

/** All of several rules. */
export const all =
  (...checks: readonly Check[]): Check =>
  (values) =>
    checks.flatMap((check) => check(values));

/** One of the listed texts. Words: the plugin SDK's validation.StringInSlice. */
export const oneOf = (path: string, allowed: readonly string[]): Check =>
  onTexts(path, (value, name) =>
    allowed.includes(value)
      ? []
      : [`expected ${name} to be one of [${allowed.map((item) => JSON.stringify(item)).join(" ")}], got ${value}`],
  );

/** A text of a form. Words: the Google provider's validation of names. */
export const matches = (path: string, form: RegExp): Check =>
  onTexts(path, (value, name) =>
    form.test(value) ? [] : [`${quoted(name)} (${quoted(value)}) doesn't match regexp ${quoted(form.source)}`],
  );

/** A text of which each of the forms that it misses is named by words of its own. */
export const worded = (path: string, problems: (value: string, name: string) => readonly string[]): Check =>
  onTexts(path, problems);

/** A UUID. Words: the plugin SDK's validation.IsUUID. */
export const uuid = (path: string): Check =>
  onTexts(path, (value, name) =>
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
      ? []
      : [`expected ${quoted(name)} to be a valid UUID, got ${value}`],
  );

/** A text that is not empty. Words: the plugin SDK's validation.StringIsNotEmpty. */
export const notEmpty = (path: string): Check =>
  onTexts(path, (value, name) =>
    value === "" ? [`expected ${quoted(name)} to not be an empty string, got ${value}`] : [],
  );

/** A whole number within bounds. Words: the plugin SDK's validation.IntBetween. */
export const between =
  (path: string, least: number, most: number): Check =>
  (values) =>
    valuesAt(values, path).flatMap(({ path: place, value }) =>
      typeof value === "number" && (value < least || value > most)
        ? [{ path: place, summary: `expected ${written(place)} to be in the range (${least} - ${most}), got ${value}` }]
        : [],
    );

/** At most so many elements. Words: Terraform's own. */
export const atMost =
  (path: string, most: number): Check =>
  (values) =>
    valuesAt(values, path).flatMap(({ path: place, value }) =>
      isList(value) && value.length > most
        ? [
            {
              path: place,
              summary: "Too many list items",
              detail: `Attribute ${written(place)} supports ${most} item maximum, but config has ${value.length} declared.`,
            },
          ]
        : [],
    );

/** Exactly one of the arguments. Words: the plugin SDK's ExactlyOneOf. */
export const exactlyOneOf =
  (...names: readonly string[]): Check =>
  (values) => {
    if (anyUnknown(values, names)) return [];
    const set = names.filter((name) => isSet(values[name]));
    if (set.length === 1) return [];
    const group = names.join(",");
    return [
      {
        path: [set[0] ?? names[0] ?? ""],
        summary: "Invalid combination of arguments",
        detail:
          set.length === 0
            ? `"${names[0]}": one of \`${group}\` must be specified`
            : `"${set[0]}": only one of \`${group}\` can be specified, but \`${set.join(",")}\` were specified.`,
      },
    ];
  };

/** At least one of the arguments. Words: the plugin SDK's AtLeastOneOf. */
export const atLeastOneOf =
  (...names: readonly string[]): Check =>
  (values) =>
    anyUnknown(values, names) || names.some((name) => isSet(values[name]))
      ? []
      : [
          {
            path: [names[0] ?? ""],
            summary: "Missing required argument",
            detail: `"${names[0]}": one of \`${names.join(",")}\` must be specified`,
          },
        ];

/** Arguments of which no two go together. Words: the plugin SDK's ConflictsWith. */
export const conflicting =
  (...names: readonly string[]): Check =>
  (values) => {
    const set = names.filter((name) => isSet(values[name]) && !isUnknown(values[name]));
    const [first, second] = set;
    if (first === undefined || second === undefined) return [];
    return [
      {
        path: [first],
        summary: "Conflicting configuration arguments",
        detail: `"${first}": conflicts with ${second}`,
      },
    ];
  };

/** Applies a rule inside each block of a name. */
export const within =
  (path: string, check: Check): Check =>
  (values) =>
    valuesAt(values, path).flatMap(({ path: place, value }) =>
      (isList(value) ? value : [value]).flatMap((inner, position) =>
        typeof inner === "object" && inner !== null && !isList(inner) && !isUnknown(inner)
          ? check(inner).map((violation) => ({ ...violation, path: [...place, position, ...violation.path] }))
          : [],
      ),
    );

/** Names of arguments as the plugin SDK writes them in messages: `oidc.0.issuer_uri`. */
function written(path: readonly (string | number)[]): string {
  return path.join(".");
}

const quoted = (value: string): string => JSON.stringify(value);

function anyUnknown(values: JsonObject, names: readonly string[]): boolean {
  return names.some((name) => isUnknown(values[name]));
}

function onTexts(path: string, problems: (value: string, name: string) => readonly string[]): Check {
  return (values) =>
    valuesAt(values, path)
      .flatMap(elements)
      .flatMap(({ path: place, value }) =>
        typeof value === "string" ? problems(value, written(place)).map((summary) => ({ path: place, summary })) : [],
      );
}

function elements({ path, value }: Located): readonly Located[] {
  if (!isList(value)) return [{ path, value }];
  return value.map((item: Json, position) => ({ path: [...path, position], value: item }));
}
