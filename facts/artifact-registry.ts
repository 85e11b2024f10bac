/**
 * Artifact Registry for container images.
 * Source: cloud.google.com/artifact-registry/docs/docker/names, cloud.google.com/artifact-registry/docs/docker/authentication.
 */

/** Host of the container registry of a location. */
export const containerRegistryHost = (location: string): string => `${location}-docker.pkg.dev`;

/** Location of such a host; undefined for any other. */
export const locationOfContainerRegistry = (host: string): string | undefined =>
  /^([a-z0-9-]+)-docker\.pkg\.dev$/.exec(host)?.[1];

/** User name with which the password is an OAuth access token. */
export const accessTokenUser = "oauth2accesstoken";

/** An image by digest: a tag can be moved, and makes no new revision of a Cloud Run service. */
export const imageByDigestPattern = /^[a-z0-9][a-zA-Z0-9._/:-]*@sha256:[0-9a-f]{64}$/;
