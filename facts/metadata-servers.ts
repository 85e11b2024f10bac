/**
 * Where a machine of a cloud learns who it is: origins without a trailing slash. Plain HTTP, on addresses that reach the
 * machine's own host only.
 */
export const metadataServers = {
  /** learn.microsoft.com/azure/virtual-machines/instance-metadata-service */
  azure: "http://169.254.169.254",
  /** docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
  aws: "http://169.254.169.254",
  /** docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
  awsContainer: "http://169.254.170.2",
  /** cloud.google.com/compute/docs/metadata/querying-metadata */
  google: "http://metadata.google.internal",
} as const;

/** Every request to Google's metadata server carries this header, and every answer. */
export const googleMetadataFlavor = { name: "Metadata-Flavor", value: "Google" } as const;
