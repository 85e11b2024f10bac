import { z } from "zod";
import { databaseLogin } from "../rows/database-config";
import { appSchemas } from "../rows/migrations";

const { server, user, database } = databaseLogin;
type AppWithRows = keyof typeof appSchemas;
const appsWithRows = Object.keys(appSchemas).filter((name): name is AppWithRows => Object.hasOwn(appSchemas, name));

/** KEYLESS_CONFIG of the task that lays the databases' schemas. */
export const migrationTaskSchema = z.strictObject({
  server,
  /** The migrating account's name in the database; it may become `role`. */
  user,
  /** The role that owns the databases and may make roles: `cloudsqlsuperuser`. */
  role: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, "expected the name of a role"),
  databases: z
    .array(
      z.strictObject({
        app: z.enum(appsWithRows),
        database,
        /** The app's own account in the database. */
        login: user,
      }),
    )
    .min(1),
});
export type MigrationTaskConfig = z.output<typeof migrationTaskSchema>;
