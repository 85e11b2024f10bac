/** Limits of workload and workforce identity federation, with the forms of their names. Source: cloud.google.com/iam/docs
 * (workload-identity-federation, workforce-identity-federation) and the Terraform provider 6.50. */
export const federationLimits = {
  /** Bytes of google.subject, in UTF-8. */
  subjectBytes: 127,
  customAttributes: 50,
  attributeKeyCharacters: 100,
  mappingExpressionCharacters: 2048,
  conditionCharacters: 4096,
  /** Bytes of all mapped values together; 16 KiB for workforce pools. */
  mappedBytes: { workload: 8192, workforce: 16384 },
  groups: 400,
  allowedAudiences: 10,
  audienceCharacters: 256,
  /** Keys of an uploaded JWK set. */
  uploadedKeys: 8,
  displayNameCharacters: 32,
  descriptionCharacters: 256,
  /** Seconds by which a token's iat and exp may be off (observed). */
  clockSkewSeconds: 60,
  /** Seconds: the longest life of a federated token. */
  federatedTokenSeconds: 3600,
  /** Seconds: default and longest life of an impersonated token. */
  impersonatedTokenSeconds: 3600,
  /** Seconds: shortest life that a credential configuration may ask for, and the longest where the organization extends it. */
  configuredTokenSeconds: { least: 600, most: 43_200 },
  /** X.509 trust stores; bytes of each PEM; days of a leaf certificate. */
  trustAnchors: 3,
  intermediates: 10,
  certificateBytes: 32_768,
  leafDays: 390,
} as const;

/** 4 to 32 of [a-z0-9-]; never beginning with "gcp-". */
export const workloadPoolIdPattern = /^(?!gcp-)[a-z0-9-]{4,32}$/;
/** 6 to 63, a letter first, no hyphen last; never beginning with "gcp-". */
export const workforcePoolIdPattern = /^(?!gcp-)[a-z][a-z0-9-]{4,61}[a-z0-9]$/;
/** 6 to 30, a letter first, no hyphen last. */
export const serviceAccountIdPattern = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
export const attributeKeyPattern = /^[a-z0-9_]{1,100}$/;
