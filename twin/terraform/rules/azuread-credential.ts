import { randomBytes, randomUUID } from "node:crypto";
import type { JsonObject } from "../../../analysis";
import { applicationId } from "./azuread-application";
import { importAsExists, missingApplication } from "./azuread-refusal";
import { all, type Check, conflicting, oneOf, uuid, worded } from "./checks";
import { timestamp } from "./derived";
import type { RulesOfType } from "./google-resource";
import type { ResourceRules, RuleContext } from "./resource-rules";
import { text } from "./values";

const twoYears = 2 * 365 * 24 * 3600 * 1000;
const dates = ["start_date", "end_date", "end_date_relative"];

/** RFC 3339. Words: the plugin SDK's validation.IsRFC3339Time. */
const moment = (path: string): Check =>
  worded(path, (value, name) =>
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(value) && !Number.isNaN(Date.parse(value))
      ? []
      : [`expected ${JSON.stringify(name)} to be a valid RFC3339 date, got ${JSON.stringify(value)}`],
  );

/** Credentials of applications. Source: the azuread provider 3.7, package applications. */
export const credentialRules: readonly RulesOfType[] = [
  credential({
    type: "azuread_application_certificate",
    kind: "certificate",
    forceNew: ["encoding", "key_id", "type", "value"],
    defaults: { encoding: "pem" },
    invented: ["key_id", "start_date", "end_date"],
    check: all(
      uuid("key_id"),
      oneOf("encoding", ["base64", "hex", "pem"]),
      oneOf("type", ["AsymmetricX509Cert", "Symmetric"]),
    ),
    computed: () => ({}),
  }),
  credential({
    type: "azuread_application_password",
    kind: "password",
    forceNew: ["display_name", "rotate_when_changed"],
    invented: ["key_id", "start_date", "end_date", "value"],
    check: () => [],
    computed: (values) => ({
      value: text(values, "value") ?? randomBytes(30).toString("base64url"),
      display_name: "",
    }),
  }),
];

interface Credential extends Pick<ResourceRules, "forceNew" | "defaults"> {
  readonly type: string;
  readonly kind: "certificate" | "password";
  readonly invented: readonly string[];
  readonly check: Check;
  computed(values: JsonObject): JsonObject;
}

function credential({ type, kind, forceNew, defaults, invented, check, computed }: Credential): RulesOfType {
  const checks = all(
    applicationId,
    moment("start_date"),
    moment("end_date"),
    conflicting("end_date", "end_date_relative"),
    worded("end_date_relative", (value, name) =>
      durationOf(value) === undefined ? [`expected ${name} to be a duration such as 2160h, got ${value}`] : [],
    ),
    check,
  );
  const idOf = (values: JsonObject, key: string) =>
    `${(text(values, "application_id") ?? "").replace(/^\/applications\//, "")}/${kind}/${key}`;
  return [
    type,
    {
      forceNew: ["application_id", ...dates, ...forceNew],
      ...(defaults === undefined ? {} : { defaults }),
      invented,
      validate: (values) => checks(values),
      identity: (values) => idOf(values, text(values, "key_id") ?? ""),
      computed: (values, context) => {
        const key = text(values, "key_id") ?? randomUUID();
        return { ...computed(values), ...validity(values, context), id: idOf(values, key), key_id: key };
      },
      refuseCreate: (values, context) => {
        const id = idOf(values, text(values, "key_id") ?? "");
        const isThere = context.store.find(type, ({ identity }) => identity === id) !== undefined;
        return missingApplication(values, context) ?? (isThere ? importAsExists(type, id) : undefined);
      },
      importIdentity: (importId) => importId,
    },
  ];
}

/** From when until when: Entra's default is two years from now. */
function validity(values: JsonObject, { now }: RuleContext): JsonObject {
  const start = text(values, "start_date") ?? timestamp(now);
  const life = durationOf(text(values, "end_date_relative") ?? "") ?? twoYears;
  return { start_date: start, end_date: text(values, "end_date") ?? timestamp(Date.parse(start) + life) };
}

/** Milliseconds of a duration in Go's form, `2400h30m`; undefined for any other text. */
function durationOf(duration: string): number | undefined {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration);
  if (parts === null || duration === "") return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return (hours * 3600 + minutes * 60 + seconds) * 1000;
}
