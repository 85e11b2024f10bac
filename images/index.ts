/** The handlers' images: made from source without a daemon, on a base pinned by digest. */
export { type BaseLock, parseBaseLock, readBaseLock } from "./base-lock";
export { type Digest, digestOf, digestSchema, hexOf, isDigest } from "./digest";
export { type HandlerDigests, handlerDigests } from "./handler-digests";
export { type HandlerImage, type HandlerImages, handlerImage, handlerImages } from "./handler-image";
export { type HandlerName, handlerNames } from "./handlers";
export { ImageDelivery, type ImageDeliveryOptions } from "./image-delivery";
export { ImageError, type ImageErrorCode } from "./image-error";
export { lockAssembledBase, lockPublicBase } from "./lock-base";
export { projectRoot } from "./project-root";
export { bundleProgram } from "./recipe/bundle";
export type { RegistryCredentials } from "./registry/authorization";
export { type ImageReference, parseImageReference, registryOrigin } from "./registry/image-reference";
export { MemoryRegistry, registryRefusal, send as sendRegistryReply } from "./registry/memory-registry";
export { type Pace, realPace } from "./registry/persistence";
export { RegistryClient } from "./registry/registry-client";
export { RegistryError, type RegistryErrorCode } from "./registry/registry-error";
export type { RegistryFetch } from "./registry/registry-fetch";
