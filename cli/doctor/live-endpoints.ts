import { z } from "zod";
import { googleEndpoints } from "../../facts/google-endpoints";
import { UserError } from "../user-error";

const origin = z.url({ protocol: /^https$/ }).transform((text) => new URL(text));
const schema = z.object({
  iam: origin.default(new URL(googleEndpoints.iam)),
  iamCredentials: origin.default(new URL(googleEndpoints.iamCredentials)),
  securityTokenService: origin.default(new URL(googleEndpoints.securityTokenService)),
});

export type LiveEndpoints = z.output<typeof schema>;

/**
 * Google's own addresses, or those of `KEYLESS_ENDPOINTS`, which `keyless twin env` sets.
 * @throws {UserError}
 */
export function liveEndpoints(environment: NodeJS.ProcessEnv): LiveEndpoints {
  let stated: unknown;
  try {
    stated = JSON.parse(environment["KEYLESS_ENDPOINTS"] ?? "{}");
  } catch {
    throw new UserError("KEYLESS_ENDPOINTS: expected a JSON object of origins");
  }
  const parsed = schema.safeParse(stated);
  if (parsed.success) return parsed.data;
  throw new UserError(`KEYLESS_ENDPOINTS.${parsed.error.issues[0]?.path.join(".")}: expected an https origin`);
}
