import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { writePrivateFile } from "../network/certificate-files";
import type { CloudRunService } from "./service-resource";

/** What a container finds when it starts, and what must never be told of it. */
export interface Container {
  /** Private directory (mode 0700) of its sockets and its secret files. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Contents of its secrets, to keep them out of logs. */
  readonly secrets: readonly string[];
  remove(): Promise<void>;
}

/** A secret that the service names has no version to read. */
export class SecretMissingError extends Error {
  override readonly name = "SecretMissingError";
}

/**
 * Lays out secret files and environment variables. A process cannot mount `/secrets`, so wherever a value of the
 * environment holds a mount path, the directory that stands in for it takes its place; handlers see absolute paths in
 * their configuration, as they do on Cloud Run. The files hold what the secrets were at the start.
 *
 * @param parentDirectory where the container's own directory is made; its path must be short, as sockets' paths are
 * @throws SecretMissingError
 */
export async function prepareContainer(
  service: CloudRunService,
  readSecret: (secretName: string, stack: string) => string | undefined,
  parentDirectory = tmpdir(),
): Promise<Container> {
  const secrets = new Map<string, string>();
  const secretOf = (name: string): string => {
    const content = secrets.get(name) ?? readSecret(name, service.stack);
    if (content === undefined) {
      throw new SecretMissingError(`The secret ${name} of ${service.stack} has no version.`);
    }
    secrets.set(name, content);
    return content;
  };
  const directory = await mkdtemp(join(parentDirectory, "keyless-run-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const mounts = new Map<string, string>();
    for (const { mountPath, secret, file } of service.secretMounts) {
      const standIn = mounts.get(mountPath) ?? join(directory, `mount-${mounts.size + 1}`);
      mounts.set(mountPath, standIn);
      await mkdir(dirname(join(standIn, file)), { recursive: true, mode: 0o700 });
      await writePrivateFile(join(standIn, file), secretOf(secret));
    }
    const environment = Object.fromEntries(
      service.environment.map((variable) => [
        variable.name,
        "secret" in variable ? secretOf(variable.secret) : replaceMountPaths(variable.value, mounts),
      ]),
    );
    return { directory, environment, secrets: [...secrets.values()], remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Replaces whole paths only: neither `/secrets-old` nor the path of a URL begins with the mount path `/secrets`. */
export function replaceMountPaths(value: string, mounts: ReadonlyMap<string, string>): string {
  if (mounts.size === 0) {
    return value;
  }
  const longestFirst = [...mounts.keys()].sort((one, other) => other.length - one.length);
  const alternatives = longestFirst.map((path) => path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const pattern = new RegExp(`(?<![\\w./:-])(?:${alternatives})(?![\\w.-])`, "g");
  return value.replace(pattern, (path) => mounts.get(path) ?? path);
}
