import type { Construct } from "constructs";
import { conditionLogicalOperators } from "../../facts/roles";
import { requireProperty } from "../federation/property-error";

const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
export type Weekday = (typeof days)[number];

/** Hours of the week that access is open, as the clocks of a time zone show them. */
export interface WeeklyHours {
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** First and last day, both included; Friday to Monday goes over the weekend. */
  readonly days?: { readonly first: Weekday; readonly last: Weekday } | undefined;
  /** Full hours: from the first, 0 to 23, until the last, 1 to 24, which is not included; 22 to 6 goes over midnight. */
  readonly hours?: { readonly from: number; readonly until: number } | undefined;
}

/** When access is open. At least one of the parts; all of those given have to hold. */
export interface TimeWindow {
  /** RFC 3339 in UTC: `2026-01-31T18:00:00Z`. */
  readonly from?: string | undefined;
  /** The same; not included. */
  readonly until?: string | undefined;
  readonly weekly?: WeeklyHours | undefined;
}

/** An IAM condition as the bindings' resources take it. */
export interface IamCondition {
  readonly title: string;
  readonly description: string;
  readonly expression: string;
}

/**
 * The window as an IAM condition. A token that was given out inside the window lives on until it expires: the window has
 * to be on the right to become an account and on the roles of that account alike, as `PurposeServiceAccount` and
 * `DirectAccess` put it.
 * Source: cloud.google.com/iam/docs/conditions-attribute-reference#date_time_attributes.
 *
 * @throws PropertyError for a window that is empty, backwards, or not in Google's form: a malformed time would never grant
 */
export function timeCondition(scope: Construct, property: string, window: TimeWindow): IamCondition {
  const given = JSON.stringify(window);
  const check = (holds: boolean, rule: string) => requireProperty(scope, property, given, holds, rule);
  const known = ["from", "until", "weekly"];
  const isWindow =
    typeof window === "object" && window !== null && Object.keys(window).every((key) => known.includes(key));
  check(isWindow, `expected an object with ${known.join(", ")}, and nothing else`);
  const { from, until, weekly } = window;
  const parts = [
    ...(from === undefined ? [] : [{ cel: `request.time >= timestamp('${from}')`, words: `from ${from}` }]),
    ...(until === undefined ? [] : [{ cel: `request.time < timestamp('${until}')`, words: `until ${until}` }]),
    ...(weekly === undefined ? [] : weeklyParts(weekly, check)),
  ];
  check(parts.length > 0, "expected from, until or weekly hours: an empty window is open for ever");
  for (const time of [from, until])
    check(time === undefined || isUtcTime(time), "expected times in UTC, such as 2026-01-31T18:00:00Z");
  const forwards = from === undefined || until === undefined || Date.parse(from) < Date.parse(until);
  check(forwards, "expected from before until");
  const expression = parts.map(({ cel }) => cel).join(" && ");
  const operators = expression.match(/&&|\|\|/g)?.length ?? 0;
  check(operators <= conditionLogicalOperators, `expected at most ${conditionLogicalOperators} logical operators`);
  return { title: "Time window", description: `Open ${parts.map(({ words }) => words).join(", ")}`, expression };
}

function weeklyParts(
  weekly: WeeklyHours,
  check: (holds: boolean, rule: string) => void,
): readonly { readonly cel: string; readonly words: string }[] {
  const known = ["timeZone", "days", "hours"];
  const isWeekly =
    typeof weekly === "object" && weekly !== null && Object.keys(weekly).every((key) => known.includes(key));
  check(isWeekly, `expected weekly hours with ${known.join(", ")}, and nothing else`);
  const { timeZone, days: weekdays, hours } = weekly;
  check(isTimeZone(timeZone), "expected the IANA name of a time zone, such as Europe/Berlin");
  check(weekdays !== undefined || hours !== undefined, "expected days or hours");
  const parts = [];
  if (weekdays !== undefined) {
    const [first, last] = [days.indexOf(weekdays.first), days.indexOf(weekdays.last)];
    check(first >= 0 && last >= 0, `expected days among ${days.join(", ")}`);
    check((last - first + days.length) % days.length < days.length - 1, "expected fewer than all days of the week");
    const cel = range(`request.time.getDayOfWeek('${timeZone}')`, first, last + 1);
    parts.push({ cel, words: `${weekdays.first} to ${weekdays.last} (${timeZone})` });
  }
  if (hours !== undefined) {
    const { from, until } = hours;
    const whole = Number.isInteger(from) && from >= 0 && from <= 23 && Number.isInteger(until) && until >= 1;
    check(whole && until <= 24 && from !== until, "expected full hours: from 0 to 23, until 1 to 24, not the same");
    check((until - from + 24) % 24 > 0, "expected fewer than all hours of the day");
    const cel = range(`request.time.getHours('${timeZone}')`, from, until);
    parts.push({ cel, words: `${from}:00 to ${until}:00 (${timeZone})` });
  }
  return parts;
}

/** From the first until before the end; over the turn of the week or the day where the end comes first. */
const range = (value: string, first: number, end: number): string =>
  first < end ? `${value} >= ${first} && ${value} < ${end}` : `(${value} >= ${first} || ${value} < ${end})`;

function isUtcTime(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(text).toISOString() === text.replace("Z", ".000Z")
  );
}

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$/.test(name)) return false;
  // Ten times as fast as to make a format; aliases and UTC are not in the list.
  if (Intl.supportedValuesOf("timeZone").includes(name)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
