/**
 * - `not-bundled`: a handler's source has an error
 * - `invalid-lock`: images/base.lock.json is not as it must be
 * - `base-missing`: blobs of the base are not at hand; the message says how to get them
 * - `base-mismatch`: what was got for the base is not what the lock names
 * - `invalid-archive`: a tar archive is damaged, or names files outside of itself
 * - `not-a-layout`: a folder for an image holds something else
 */
export type ImageErrorCode =
  | "not-bundled"
  | "invalid-lock"
  | "base-missing"
  | "base-mismatch"
  | "invalid-archive"
  | "not-a-layout";

/** An image cannot be made. The message is one line and complete. */
export class ImageError extends Error {
  override readonly name = "ImageError";

  constructor(
    readonly code: ImageErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
