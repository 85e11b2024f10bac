import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assembleBase, storeAssembledLayers } from "./base/assemble-base";
import { newestPackages } from "./base/lock-assembled-base";
import { lockRegistryBase } from "./base/lock-registry-base";
import { PackageSources } from "./base/package-sources";
import type { BaseLock } from "./base-lock";
import { BlobStore } from "./blob-store";
import { baseLockFile, projectRoot } from "./project-root";
import type { ImageReference } from "./registry/image-reference";
import type { RegistryClient } from "./registry/registry-client";

/** Pins the newest packages as the base, and makes it. @throws {ImageError} */
export async function lockAssembledBase(nodeVersion: string, now: number, root = projectRoot()): Promise<BaseLock> {
  const base = await assembleBase(await newestPackages(nodeVersion, now), new PackageSources(root));
  await storeAssembledLayers(base, base.lock, new BlobStore(root));
  await writeLock(base.lock, root);
  return base.lock;
}

/** Pins an image of a registry as the base. @throws {RegistryError} */
export async function lockPublicBase(
  client: RegistryClient,
  reference: ImageReference,
  { node, root = projectRoot() }: { readonly node?: string | undefined; readonly root?: string } = {},
): Promise<BaseLock> {
  const lock = await lockRegistryBase(client, reference, node);
  await writeLock(lock, root);
  return lock;
}

async function writeLock(lock: BaseLock, root: string): Promise<void> {
  await writeFile(join(root, baseLockFile), `${JSON.stringify(lock, null, 2)}\n`);
}
