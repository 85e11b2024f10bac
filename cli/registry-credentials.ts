import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { RegistryCredentials } from "../images";

/** Artifact Registry and its predecessor. */
const googleRegistry = /^([a-z0-9-]+-docker\.pkg\.dev|([a-z]+\.)?gcr\.io)$/;
/** Public images of Google, for everybody. */
const publicImages = "gcr.io";

const dockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
});

/**
 * Who asks at a registry: for Google's, whoever is signed in to Google; for others, what `docker login` has stored in its
 * configuration file, and nobody without it.
 *
 * @param accessToken OAuth access token
 * Source: cloud.google.com/artifact-registry/docs/docker/authentication#token.
 */
export async function registryCredentials(
  registry: string,
  accessToken: () => Promise<string>,
  environment: NodeJS.ProcessEnv,
): Promise<RegistryCredentials | undefined> {
  if (googleRegistry.test(registry) && registry !== publicImages) {
    return { username: "oauth2accesstoken", password: await accessToken() };
  }
  const directory = environment["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  const text = await readFile(join(directory, "config.json"), "utf8").catch(() => undefined);
  const key = registry === "docker.io" ? "https://index.docker.io/v1/" : registry;
  const auth = dockerConfig.safeParse(parseJson(text)).data?.auths[key]?.auth;
  const [, username, password] = /^([^:]+):(.*)$/s.exec(Buffer.from(auth ?? "", "base64").toString("utf8")) ?? [];
  return username === undefined || password === undefined ? undefined : { username, password };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
