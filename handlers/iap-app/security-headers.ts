import { sessionGuardHash } from "./pages/session-guard";
import { styleSheetHash } from "./pages/style";

/**
 * Sent with every answer. One script runs, named by its hash; nothing is loaded from elsewhere, nobody frames the page, and no cache
 * keeps what was rendered for one person. Strict-Transport-Security belongs to the front, which owns the host name.
 * Source: w3.org/TR/CSP3, owasp.org/www-project-secure-headers.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    `style-src '${styleSheetHash}'`,
    `script-src '${sessionGuardHash}'`,
    // The script asks the app who is signed in.
    "connect-src 'self'",
    "img-src data:",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  // Not "no-referrer": it would make browsers send "Origin: null" with our own forms.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cache-control": "no-store",
  vary: "Accept",
};
