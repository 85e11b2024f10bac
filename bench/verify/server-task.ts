import { z } from "zod";

/** What a server is told, as JSON in its one argument. */
export const serverTaskSchema = z.object({
  contender: z.enum(["keyless", "keyless-fastify", "bare", "gal-in-memory", "gal-documented"]),
  audience: z.string(),
  workforcePool: z.string(),
  issuer: z.string(),
  /** Of the JWK set. */
  jwksUrl: z.string(),
  /** Of the same keys as google-auth-library takes them: PEM by key id. */
  pemUrl: z.string(),
});
export type ServerTask = z.output<typeof serverTaskSchema>;
