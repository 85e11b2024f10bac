import { z } from "zod";
import { workforcePoolIdPattern } from "../../facts/federation-limits";
import { audienceForms, isAudience } from "./assertion/audience";

export const appNames = [
  "landing",
  "login",
  "logout",
  "service-desk",
  "marketing-immersion",
  "asset-scanning",
] as const;
export type AppName = (typeof appNames)[number];

const title = z.string().trim().min(1).max(100);
/** "/" or segments without a slash at the end: the path that the load balancer sends to this service. */
const path = z
  .string()
  .regex(/^(\/|(\/[a-z0-9-]+)+)$/, 'expected "/" or segments of a-z, 0-9 and "-", no slash at the end');

/** KEYLESS_CONFIG of an IAP app (docs/architecture.md). */
export const iapAppConfigSchema = z.strictObject({
  app: z.enum(appNames),
  title,
  path,
  /** Audiences of the backend services that lead here. Empty would mean "anyone's assertion": refused. */
  audiences: z.array(z.string().refine(isAudience, `expected ${audienceForms}`)).min(1),
  workforcePool: z.string().regex(workforcePoolIdPattern, "expected the id of a workforce pool"),
  /** For navigation. */
  apps: z.array(z.strictObject({ title, path })).max(50),
});
export type IapAppConfig = z.output<typeof iapAppConfigSchema>;

/** What stands before "/tickets" or "/identity": the app's path, nothing for the app at the root. */
export const basePath = ({ path }: IapAppConfig): string => (path === "/" ? "" : path);
