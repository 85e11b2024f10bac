import { z } from "zod";
import { parseJson } from "../assertion/compact";
import type { MetadataServer } from "../upstream/metadata-server";
import type { DatabaseConfig } from "./database-config";
import { openEmbeddedRows } from "./embedded";
import type { AppSchema } from "./migrations";
import { openPostgresqlRows } from "./postgresql";
import type { Rows } from "./rows";

/** Scope of a token that is good for logging in to Cloud SQL and nothing else. */
const loginScope = "https://www.googleapis.com/auth/sqlservice.login";

const tokenSchema = z.object({ access_token: z.string().min(1) });

/** Opens the rows that the configuration names, for an app's schema. @throws Where a server is not to be used. */
export function openRows(
  config: DatabaseConfig,
  schema: AppSchema,
  { metadata, onIdleError }: { readonly metadata: MetadataServer; readonly onIdleError: (error: Error) => void },
): Promise<Rows> {
  if (config.kind === "embedded") return openEmbeddedRows(schema);
  const { host, port, database, user, server } = config;
  return openPostgresqlRows({
    schema,
    onIdleError,
    connection: {
      host,
      port,
      database,
      user,
      // Asked at each new connection, so that none is opened with a token that has expired.
      password: () => loginToken(metadata),
      ssl: {
        ca: server.certificateAuthority,
        minVersion: "TLSv1.2",
        // The address is no name of the certificate, which names the instance. The chain has been verified before.
        checkServerIdentity: (_host, certificate) =>
          certificate.subject.CN === server.commonName
            ? undefined
            : new Error("the database server's certificate names another instance"),
      },
    },
  });
}

async function loginToken(metadata: MetadataServer): Promise<string> {
  const answer = await metadata.accessToken(loginScope);
  if (!answer.ok) throw new Error(`no log-in to the database: ${answer.problem}`);
  const parsed = tokenSchema.safeParse(parseJson(Buffer.from(answer.text)));
  if (!parsed.success) throw new Error("no log-in to the database: the metadata server's answer holds no token");
  return parsed.data.access_token;
}
