/**
 * Secrets that betray themselves by their form, wherever they stand in a text. Forms: RFC 7468 (PEM), RFC 7515 (compact
 * JWS and JWE), and the prefixes that Google, GitHub, GitLab, Slack, npm and Microsoft publish for secret scanning.
 */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
  /\bya29\.[A-Za-z0-9._~+/=-]+/g,
  /\b1\/\/0[A-Za-z0-9_-]{20,}/g,
  /\bAIza[A-Za-z0-9_-]{35}/g,
  /\bGOCSPX-[A-Za-z0-9_-]{20,}/g,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{36})/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}/g,
  /(?<=\b(?:Bearer|Basic)\s{1,4})[A-Za-z0-9._~+/=-]{16,}/gi,
  /(?<=:\/\/[^\s/@:]{0,200}:)[^\s/@]+(?=@)/g,
  /(?<=[?&](?:sig|X-Goog-Signature|access_token|client_secret)=)[^&\s]+/gi,
];

const longBase64 = /[A-Za-z0-9+/_-]{64,}={0,2}/g;
const secretWithin = /PRIVATE KEY-----|"private_key"|"client_secret"|"refresh_token"/;

export const hiddenPart = "(secret)";

/** The text with every secret replaced; the very same text where none is in it. */
export function hideSecretShapes(text: string): string {
  const hidden = shapes.reduce((rest, shape) => rest.replace(shape, hiddenPart), text).replace(dottedWords, hideToken);
  return hidden.replace(longBase64, (encoded) =>
    secretWithin.test(Buffer.from(encoded, "base64").toString("latin1")) ? hiddenPart : encoded,
  );
}

const dottedWords = /[A-Za-z0-9_.-]+/g;

/**
 * Hides a compact JWS or JWE: from the first segment that holds `{"` in base64url on, unless it is the last one. Done by hand,
 * since an expression for it takes quadratic time on texts made for that.
 */
function hideToken(dotted: string): string {
  const segments = dotted.split(".");
  let before = 0;
  for (const segment of segments.slice(0, -1)) {
    const at = segment.indexOf("eyJ");
    if (at >= 0 && segment.length - at > "eyJhbGci".length) return dotted.slice(0, before + at) + hiddenPart;
    before += segment.length + 1;
  }
  return dotted;
}
