import type { Construct } from "constructs";
import { requireDistinct, requireMatch } from "./property-rules";

/** A Secret Manager secret that a handler reads as the file `mountPath/fileName`. */
export interface SecretFile {
  /** Name of the secret in the same project, or `projects/P/secrets/S`. */
  readonly secret: string;
  /** Directory of its own: Cloud Run mounts one secret at one path. */
  readonly mountPath: string;
  readonly fileName: string;
  /**
   * Version, `latest` unless given. Cloud Run fetches a mounted secret anew whenever the file is read; an environment
   * variable, in contrast, keeps what `latest` was when its instance started, so that instances differ. In a file
   * `latest` therefore lets a certificate be rotated without a deployment, for all instances alike. A number pins it.
   * Source: cloud.google.com/run/docs/configuring/services/secrets.
   */
  readonly version?: string;
}

const secretPattern = /^([A-Za-z0-9_-]{1,255}|projects\/[a-z0-9-]+\/secrets\/[A-Za-z0-9_-]{1,255})$/;
const directoryPattern = /^\/(?!(dev|proc|sys)(\/|$))[a-z0-9_-]+(\/[a-z0-9_-]+)*$/;
const fileNamePattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const versionPattern = /^(latest|[1-9][0-9]*)$/;

/** @throws PropertyError for what Cloud Run would refuse when the revision is made */
export function checkSecretFiles(scope: Construct, files: readonly SecretFile[]): void {
  for (const { secret, mountPath, fileName, version = "latest" } of files) {
    requireMatch(scope, "secretFiles.secret", secret, secretPattern, "expected NAME or projects/PROJECT/secrets/NAME");
    const directoryRule = "expected an absolute directory, outside /dev, /proc and /sys";
    requireMatch(scope, "secretFiles.mountPath", mountPath, directoryPattern, directoryRule);
    requireMatch(scope, "secretFiles.fileName", fileName, fileNamePattern, "expected a file name without a directory");
    requireMatch(scope, "secretFiles.version", version, versionPattern, 'expected "latest" or a version number');
  }
  const mountPaths = files.map(({ mountPath }) => mountPath);
  requireDistinct(scope, "secretFiles.mountPath", mountPaths);
}

export const secretVolumes = (files: readonly SecretFile[]) =>
  files.map(({ secret, fileName, version = "latest" }, index) => ({
    name: volumeName(index),
    secret: { secret, items: [{ path: fileName, version }] },
  }));

export const secretVolumeMounts = (files: readonly SecretFile[]) =>
  files.map(({ mountPath }, index) => ({ name: volumeName(index), mountPath }));

const volumeName = (index: number): string => `secret-${index + 1}`;
