import { z } from "zod";
import { emailPattern, organizationIdPattern, projectIdPattern, projectNumberPattern } from "../facts/names";

/** What the organization's file may say; the constructs check ranges, issuers and names once more, each for itself. */
export const organizationSchema = z.strictObject({
  id: z.string().regex(organizationIdPattern, "expected the organization's number as a string"),
  /** The project that the organization's APIs are counted against, and that keeps the log of sign-ins. */
  project: z.strictObject({
    id: z.string().regex(projectIdPattern, "expected a project id: 6 to 30 of a-z, 0-9 and -, a letter first"),
    number: z.string().regex(projectNumberPattern, "expected the project's number as a string"),
  }),
  /** Where Terraform keeps its state: a Cloud Storage bucket, or the local disk. */
  state: z.union(
    [z.literal("local"), z.strictObject({ bucket: z.string().regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/) })],
    {
      error: 'expected "local", or { bucket } with the name of a Cloud Storage bucket',
    },
  ),
  /** Every issuer that an environment has. */
  allowedIssuers: z.array(z.url("expected an issuer, which is a URL")).min(1, "expected at least one issuer"),
  allowedAwsAccounts: z.array(z.string().regex(/^[0-9]{12}$/, "expected a 12-digit AWS account id")).default([]),
  /** Whether a provider may have uploaded keys, as one of a private cluster has. */
  allowUploadedKeys: z.boolean().default(false),
  /** Customer ids of Google Workspace whose identities policies may name, beside the organization itself. */
  allowedCustomers: z.array(z.string()).default([]),
  /** A Google group that may change federation past a deployment, in an emergency. */
  breakGlassGroup: z.string().regex(emailPattern, "expected the e-mail of a Google group"),
  perimeter: z.strictObject({
    /** False only logs what the perimeter would refuse. */
    enforced: z.boolean().default(false),
    /** Public ranges from which the workloads outside call in. */
    addressRanges: z.array(z.string()).min(1, "expected at least one range: none means every address"),
  }),
  signIns: z.strictObject({
    /** Location of the log. */
    location: z.string().min(2),
    retentionDays: z.int().min(1).max(3650),
  }),
});

export type OrganizationInput = z.input<typeof organizationSchema>;
export type Organization = z.output<typeof organizationSchema>;
