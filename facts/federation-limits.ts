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
  displayNameCharacters: 32,
  descriptionCharacters: 256,
  /** Seconds by which a token's iat and exp may be off (observed). */
  clockSkewSeconds: 60,
  /** Seconds: the longest life of a federated token. */
  federatedTokenSeconds: 3600,
  /** Seconds: default and longest life of an impersonated token. */
  impersonatedTokenSeconds: 3600,
} as const;

/** 4 to 32 of [a-z0-9-]; never beginning with "gcp-". */
export const workloadPoolIdPattern = /^(?!gcp-)[a-z0-9-]{4,32}$/;
/** 6 to 63, a letter first, no hyphen last; never beginning with "gcp-". */
export const workforcePoolIdPattern = /^(?!gcp-)[a-z][a-z0-9-]{4,61}[a-z0-9]$/;
/** 6 to 30, a letter first, no hyphen last. */
export const serviceAccountIdPattern = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
export const attributeKeyPattern = /^[a-z0-9_]{1,100}$/;
