import type { IdForm } from "./fixed-id";

/** A host's name with at least one dot, in small letters. Source: RFC 1123 §2.1. */
export const hostnameForm: IdForm = {
  pattern: /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
  rule: "expected a lower-case host name",
};
