import { z } from "zod";

const oneLine = z.string().regex(/^[^\s\p{C}]{1,255}$/u, "expected one word without blanks");

/** A Cloud SQL instance by its private address. */
const databaseServerSchema = z.strictObject({
  host: oneLine,
  port: z.int().min(1).max(65_535).default(5432),
  /** Common name of the server's certificate: `PROJECT:INSTANCE`. */
  commonName: oneLine,
});
export type DatabaseServer = z.output<typeof databaseServerSchema>;

/** A database of a server, and who logs in. */
export const databaseLogin = {
  server: databaseServerSchema,
  database: oneLine,
  /** The account's e-mail without `.gserviceaccount.com`. Source: cloud.google.com/sql/docs/postgres/iam-logins. */
  user: oneLine,
};

/** Where the rows of an app are kept. */
export const databaseConfigSchema = z.discriminatedUnion("kind", [
  /** Inside the process, in memory: gone when it ends. */
  z.strictObject({ kind: z.literal("embedded") }),
  /** Cloud SQL. The log-in is the service's own account, its password a Google access token. */
  z.strictObject({ kind: z.literal("postgresql"), ...databaseLogin }),
]);
export type DatabaseConfig = z.output<typeof databaseConfigSchema>;
