import { z } from "zod";
import { workforcePoolIdPattern } from "../../facts/federation-limits";
import { audienceForms, isAudience } from "./assertion/audience";
import { directoryConfigSchema } from "./directory";
import { databaseConfigSchema } from "./rows/database-config";

export const appNames = [
  "landing",
  "login",
  "logout",
  "service-desk",
  "marketing-immersion",
  "asset-scanning",
] as const;
export type AppName = (typeof appNames)[number];

/** Apps whose rows belong to groups: without a directory nobody could see anything. */
const needDirectory: ReadonlySet<AppName> = new Set(["marketing-immersion", "asset-scanning"]);

const title = z.string().trim().min(1).max(100);
/** "/" or segments without a slash at the end: the path that the load balancer sends to this service. */
const path = z
  .string()
  .regex(/^(\/|(\/[a-z0-9-]+)+)$/, 'expected "/" or segments of a-z, 0-9 and "-", no slash at the end');
const groupName = z.string().trim().min(1).max(100);

/** KEYLESS_CONFIG of an IAP app (docs/architecture.md). */
export const iapAppConfigSchema = z
  .strictObject({
    app: z.enum(appNames),
    title,
    path,
    /** Audiences of the backend services that lead here. Empty would mean "anyone's assertion": refused. */
    audiences: z.array(z.string().refine(isAudience, `expected ${audienceForms}`)).min(1),
    workforcePool: z.string().regex(workforcePoolIdPattern, "expected the id of a workforce pool"),
    /** For navigation; with the names of the groups that each lets in, where they may be shown. */
    apps: z.array(z.strictObject({ title, path, groups: z.array(groupName).max(50).default([]) })).max(50),
    /** The groups that the app knows: object id and name. All other memberships are as if they were not. */
    groups: z
      .array(z.strictObject({ id: z.uuid("expected an object id of Entra").toLowerCase(), name: groupName }))
      .max(100)
      .default([]),
    /** Where people's groups and reports come from; without it nobody has any. */
    directory: directoryConfigSchema.optional(),
    /** Where rows are kept. */
    database: databaseConfigSchema.default({ kind: "embedded" }),
  })
  .refine(({ app, directory }) => !needDirectory.has(app) || directory !== undefined, {
    path: ["directory"],
    error: "missing: the rows of this app belong to groups, and the directory tells who is in them",
  });
export type IapAppConfig = z.output<typeof iapAppConfigSchema>;

/** What stands before "/tickets" or "/identity": the app's path, nothing for the app at the root. */
export const basePath = ({ path }: Pick<IapAppConfig, "path">): string => (path === "/" ? "" : path);

/** Names of the groups that the gateway lets into this app. */
export const ownGroupNames = ({ path, apps }: IapAppConfig): readonly string[] =>
  apps.find((app) => app.path === path)?.groups ?? [];
