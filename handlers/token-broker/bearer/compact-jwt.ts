const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** Characters. */
const longest = 16 * 1024;

/**
 * Whether the text is a JWT in compact form and in its one spelling. Decoders of base64url pass over padding, spaces and
 * superfluous bits, so that one token would have many spellings.
 */
export function isCompactJwt(text: string): boolean {
  return (
    text.length <= longest &&
    compact.test(text) &&
    text.split(".").every((part) => Buffer.from(part, "base64url").toString("base64url") === part)
  );
}
