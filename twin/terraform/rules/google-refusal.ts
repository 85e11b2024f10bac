import type { Violation } from "./resource-rules";

/**
 * What the Google provider reports when an API refuses: what it was about to do, and the API's status and message.
 * @param reason of the older APIs' `errors` list, such as "alreadyExists"; they print it last
 */
export function googleRefusal(
  action: string,
  code: number,
  message: string,
  reason?: string,
  path: Violation["path"] = [],
): Violation {
  return {
    path,
    summary: `${action}: googleapi: Error ${code}: ${message}${reason === undefined ? "" : `, ${reason}`}`,
  };
}
