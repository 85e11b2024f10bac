import type { ConnectionOptions } from "node:tls";
import { z } from "zod";
import { databaseAuthorityVariable, sqlLoginScope } from "../../../facts/cloud-sql";
import { ConfigurationError, type EnvironmentVariables } from "../../runtime";
import { parseJson } from "../assertion/compact";
import type { MetadataServer } from "../upstream/metadata-server";
import type { DatabaseServer } from "./database-config";

const tokenSchema = z.object({ access_token: z.string().min(1) });

/** What a log-in to Cloud SQL needs beside the configuration. */
export interface CloudSqlSurroundings {
  readonly metadata: MetadataServer;
  /** PEM of the authority behind the instance's certificate; undefined where the environment names none. */
  readonly certificateAuthority: string | undefined;
}

/** The PEM in the environment; undefined without one. @throws {ConfigurationError} Where it is none. */
export function readDatabaseAuthority(environment: EnvironmentVariables): string | undefined {
  const pem = environment[databaseAuthorityVariable];
  if (pem === undefined || pem === "") return undefined;
  if (/^\s*-----BEGIN CERTIFICATE-----/.test(pem)) return pem;
  throw new ConfigurationError([`${databaseAuthorityVariable}: expected a certificate as PEM`]);
}

/**
 * Options of a connection by an account of the machine's own.
 *
 * @throws {ConfigurationError} Where nothing tells by which authority the server proves itself.
 */
export function cloudSqlConnection(
  { host, port, commonName }: DatabaseServer,
  { database, user }: { readonly database: string; readonly user: string },
  { metadata, certificateAuthority }: CloudSqlSurroundings,
) {
  if (certificateAuthority === undefined) {
    const problem = "missing, expected the authority of the database server's certificate as PEM";
    throw new ConfigurationError([`${databaseAuthorityVariable}: ${problem}`]);
  }
  const ssl: ConnectionOptions = {
    ca: certificateAuthority,
    minVersion: "TLSv1.2",
    // The address is no name of the certificate, which names the instance. The chain has been verified before.
    checkServerIdentity: (_host, certificate) =>
      certificate.subject.CN === commonName
        ? undefined
        : new Error("the database server's certificate names another instance"),
  };
  // Asked at each new connection, so that none is opened with a token that has expired.
  return { host, port, database, user, ssl, password: () => loginToken(metadata) };
}

async function loginToken(metadata: MetadataServer): Promise<string> {
  const answer = await metadata.accessToken(sqlLoginScope);
  if (!answer.ok) throw new Error(`no log-in to the database: ${answer.problem}`);
  const parsed = tokenSchema.safeParse(parseJson(Buffer.from(answer.text)));
  if (!parsed.success) throw new Error("no log-in to the database: the metadata server's answer holds no token");
  return parsed.data.access_token;
}
