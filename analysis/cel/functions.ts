import {
  type CelFunc,
  type CelList,
  type CelMap,
  CelScalar,
  celFunc,
  celMethod,
  listType,
  mapType,
} from "@bufbuild/cel";
import { extract } from "./extract";

const { BOOL, DOUBLE, DYN, INT, STRING } = CelScalar;

/** Operators as the parser names them; all of standard CEL's, none of the optional-value syntax. */
const operators = [
  "_&&_",
  "_||_",
  "!_",
  "_==_",
  "_!=_",
  "_<_",
  "_<=_",
  "_>_",
  "_>=_",
  "_+_",
  "_-_",
  "_*_",
  "_/_",
  "_%_",
  "-_",
  "_[_]",
  "_?_:_",
  "@in",
  "@not_strictly_false",
];

const named = [
  "size",
  "contains",
  "startsWith",
  "endsWith",
  "matches",
  "extract",
  "split",
  "join",
  "lowerAscii",
  "int",
  "uint",
  "double",
  "string",
  "bool",
  "type",
  "timestamp",
  "duration",
  "getFullYear",
  "getMonth",
  "getDate",
  "getDayOfMonth",
  "getDayOfWeek",
  "getDayOfYear",
  "getHours",
  "getMinutes",
  "getSeconds",
  "getMilliseconds",
];

/**
 * Functions that Google documents for attribute mappings and conditions: standard CEL, extract, split, join, lowerAscii.
 * The library knows more; whoever used one would see it work here and fail at Google.
 * Sources: cloud.google.com/iam/docs/workload-identity-federation#mapping, .../conditions-attribute-reference,
 * .../configure-scim-ms-entra (lowerAscii).
 */
export const allowedFunctions: ReadonlySet<string> = new Set([...operators, ...named]);

const refusal = (message: string) => (): never => {
  throw new Error(message);
};

/** Implementations that Google has and the library lacks, or has otherwise; these replace the library's. */
export const googleFunctions: CelFunc[] = [
  celMethod("extract", STRING, [STRING], STRING, function (template) {
    return extract(String(this), template);
  }),
  celMethod("split", STRING, [STRING], listType(STRING), function (separator) {
    return splitText(String(this), separator, -1);
  }),
  celMethod("split", STRING, [STRING, INT], listType(STRING), function (separator, limit) {
    return splitText(String(this), separator, Number(limit));
  }),
  celMethod("join", listType(DYN), [], STRING, function () {
    return joined(this, "");
  }),
  celMethod("join", listType(DYN), [STRING], STRING, function (separator) {
    return joined(this, separator);
  }),
  celMethod("lowerAscii", STRING, [], STRING, function () {
    return String(this).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  }),
  // The library finds no key whose value is null, so that `!("x" in assertion)` would be true for such a claim.
  celFunc("@in", [STRING, mapType(DYN, DYN)], BOOL, (key, map) => hasKey(map, key)),
  // A JSON number is a double, and no document says how Google writes one as text; string(int(x)) is certain.
  celFunc("string", [DOUBLE], STRING, refusal("string() of a JSON number is not certain; write string(int(x))")),
  celFunc("timestamp", [INT], STRING, refusal("timestamp() takes a text, not a number")),
  celFunc("duration", [INT], STRING, refusal("duration() takes a text, not a number")),
];

/** As cel-go: a limit keeps the rest in the last element, 0 gives nothing, a negative one splits all. */
function splitText(text: string, separator: string, limit: number): string[] {
  const pieces = separator === "" ? Array.from(text) : text.split(separator);
  if (limit < 0 || pieces.length <= limit) return pieces;
  if (limit === 0) return [];
  return [...pieces.slice(0, limit - 1), pieces.slice(limit - 1).join(separator)];
}

function joined(list: CelList, separator: string): string {
  return Array.from(list, (item) => {
    if (typeof item !== "string") throw new Error("join() takes a list of texts");
    return item;
  }).join(separator);
}

function hasKey(map: CelMap, key: string): boolean {
  for (const present of map.keys()) if (present === key) return true;
  return false;
}
