import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { portOf } from "../../testing/local-iap";

/** A PostgreSQL server of this machine's own binaries, in a folder of its own. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** Runs statements as the superuser. */
  superuser(sql: string, database?: string): Promise<readonly Record<string, unknown>[]>;
  /** A connection as somebody; the caller ends it. */
  connect(user: string, password: string, database: string): Promise<Client>;
  close(): Promise<void>;
}

/** Path of the newest server's programs, as Debian and its kin install them; undefined where there is none. */
function postgresBinaries(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((one, other) => Number(other) - Number(one)) : [];
  return versions.map((version) => join(root, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
}

/** Why there is no server to test with; undefined where there is one. */
export const withoutPostgres = (): string | undefined =>
  postgresBinaries() === undefined ? "no PostgreSQL server below /usr/lib/postgresql" : undefined;

/** PostgreSQL does not run as root: as its own user there, else as nobody. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, name], { stdio: "pipe" })));
      if (uid && gid) return { uid, gid };
    } catch {
      // The next one.
    }
  }
  throw new Error("there is no unprivileged user to run PostgreSQL as");
}

/** @param tls PEM of the server's certificate and key; without it the server speaks no TLS. */
export async function startPostgres(tls?: { certificate: string; key: string }): Promise<PostgresServer> {
  const bin = postgresBinaries();
  if (bin === undefined) throw new Error("no PostgreSQL server");
  const user = unprivilegedUser();
  const folder = mkdtempSync(join(tmpdir(), "keyless-postgres-"));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { ...user, cwd: folder };
  await promisify(execFile)(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
    options,
  );
  const write = (name: string, text: string) => {
    const file = join(data, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (user !== undefined) chownSync(file, user.uid, user.gid);
  };
  // The superuser through the socket only; everybody else by password.
  const overTcp = tls === undefined ? "host" : "hostssl";
  write("pg_hba.conf", `local all postgres trust\n${overTcp} all all 127.0.0.1/32 scram-sha-256\n`);
  if (tls !== undefined) {
    write("server.crt", tls.certificate);
    write("server.key", tls.key);
  }
  const port = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "fsync=off",
    "max_connections=60",
    `ssl=${tls === undefined ? "off" : "on"}`,
  ];
  const server = spawn(
    join(bin, "postgres"),
    ["-D", data, "-p", String(port), ...settings.flatMap((one) => ["-c", one])],
    {
      ...options,
      stdio: "ignore",
    },
  );
  const superuser = async (sql: string, database = "postgres") => {
    const client = new Client({ host: folder, port, user: "postgres", database });
    await client.connect();
    try {
      const result = await client.query(sql);
      return result.rows ?? [];
    } finally {
      await client.end();
    }
  };
  const close = async () => {
    await stop(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilAnswering(() => superuser("select 1"), server);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    host: "127.0.0.1",
    port,
    superuser,
    connect: async (login, password, database) => {
      const client = new Client({ host: "127.0.0.1", port, user: login, password, database });
      await client.connect();
      return client;
    },
    close,
  };
}

async function untilAnswering(ask: () => Promise<unknown>, server: ChildProcess): Promise<void> {
  for (const end = Date.now() + 20_000; ; ) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > end || server.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** "Fast" shutdown: open connections are ended. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exited = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGINT");
  await exited;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const port = portOf(probe.address());
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
