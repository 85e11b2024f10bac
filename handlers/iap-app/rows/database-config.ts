import { z } from "zod";

const oneLine = z.string().regex(/^[^\s\p{C}]{1,255}$/u, "expected one word without blanks");

/** Where the rows of an app are kept. */
export const databaseConfigSchema = z.discriminatedUnion("kind", [
  /** Inside the process, in memory: gone when it ends. */
  z.strictObject({ kind: z.literal("embedded") }),
  /** Cloud SQL by its private address. The log-in is the service's own account, its password a Google access token. */
  z.strictObject({
    kind: z.literal("postgresql"),
    host: oneLine,
    port: z.int().min(1).max(65_535).default(5432),
    database: oneLine,
    /** The account's e-mail without `.gserviceaccount.com`. Source: cloud.google.com/sql/docs/postgres/iam-logins. */
    user: oneLine,
    /** What the server must prove itself with. */
    server: z.strictObject({
      /** PEM of the authority of the instance. */
      certificateAuthority: z.string().regex(/^\s*-----BEGIN CERTIFICATE-----/, "expected a certificate as PEM"),
      /** Common name of the server's certificate: `PROJECT:INSTANCE`. */
      commonName: oneLine,
    }),
  }),
]);
export type DatabaseConfig = z.output<typeof databaseConfigSchema>;
