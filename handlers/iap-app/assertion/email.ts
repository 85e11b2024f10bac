import { z } from "zod";
import { type Checked, refused } from "./reasons";

const emailClaim = z.object({ email: z.unknown() });

/** One @, something on both sides, no space, control or format character, no comma (a list), no angle brackets. */
const singleAddress = /^[^\s\p{C}@,;<>"]{1,64}@[^\s\p{C}@,;<>"]{1,255}$/u;

/**
 * The e-mail claim in the one form in which it is shown and compared: NFKC, trimmed, lower case. An array with one
 * address would read as that address if turned into a string, so only a string counts.
 */
export function normaliseEmail(payload: unknown): Checked<string> {
  const claim = emailClaim.safeParse(payload);
  const value = claim.success ? claim.data.email : undefined;
  if (value === undefined || value === null) return refused("missing_email");
  if (typeof value !== "string") return refused("malformed_email");
  const email = value.normalize("NFKC").trim().toLowerCase();
  if (email === "") return refused("missing_email");
  return singleAddress.test(email) ? { ok: true, value: email } : refused("malformed_email");
}
