import { EnvironmentError, linesOf } from "./load";
import { organization } from "./organization";
import { type Organization, organizationSchema } from "./organization-schema";

/** Name of the organization's stack. */
export const organizationStackName = "organization";

/**
 * The organization's settings, checked.
 *
 * @throws EnvironmentError
 */
export function loadOrganization(input: unknown = organization, file = "environments/organization.ts"): Organization {
  const result = organizationSchema.safeParse(input);
  if (result.success) return result.data;
  throw new EnvironmentError(result.error.issues.flatMap((issue) => linesOf(issue).map((line) => `${file}: ${line}`)));
}
