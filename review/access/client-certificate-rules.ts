import { clientCertificateHeaders } from "../../facts/client-certificate-headers";
import { isEmpty } from "../model/shown-value";
import { sentence, words } from "../text/sentence";
import type { AccessFinding } from "./access-change";
import { type AccessRule, changes, found, narrows, widens } from "./finding";
import type { Sides } from "./sides";

export const trustConfigRules: AccessRule = (sides) => {
  if (sides.created)
    return [
      widens(
        "client-certificates",
        "medium",
        "trust_stores",
        words("A new set of certificate authorities for client certificates."),
      ),
    ];
  if (sides.deleted)
    return [
      changes(
        "client-certificates",
        "high",
        "",
        words("The certificate authorities for client certificates are removed."),
      ),
    ];
  return found(
    sides.differs("trust_stores") &&
      changes(
        "client-certificates",
        "high",
        "trust_stores",
        words("Which certificate authorities vouch for clients changes."),
      ),
    sides.differs("allowlisted_certificates") &&
      changes(
        "client-certificates",
        "high",
        "allowlisted_certificates",
        words("Which certificates are accepted without a chain changes."),
      ),
  );
};

export const serverTlsPolicyRules: AccessRule = (sides) => {
  if (sides.deleted)
    return [
      widens("client-certificates", "high", "", words("The policy that asks for client certificates is removed.")),
    ];
  const mode = "mtls_policy.client_validation_mode";
  const lax = sides.becomes(mode) === "ALLOW_INVALID_OR_MISSING_CLIENT_CERT";
  return found(
    lax &&
      (sides.created || sides.differs(mode)) &&
      widens(
        "client-certificates",
        "critical",
        "mtls_policy",
        words("Connections with an invalid client certificate, or none, are let through."),
      ),
    !lax &&
      sides.altered &&
      sides.differs(mode) &&
      changes(
        "client-certificates",
        "high",
        "mtls_policy",
        sentence`Validation of client certificates changes from ${sides.wasText(mode)} to ${sides.becomesText(mode)}.`,
      ),
    sides.becomes("allow_open") === true &&
      sides.differs("allow_open") &&
      widens("client-certificates", "critical", "allow_open", words("Plain connections without TLS are allowed.")),
    sides.altered &&
      sides.differs("mtls_policy.client_validation_trust_config") &&
      changes(
        "client-certificates",
        "high",
        "mtls_policy",
        sentence`Clients are checked against ${sides.becomesText("mtls_policy.client_validation_trust_config")} instead of ${sides.wasText("mtls_policy.client_validation_trust_config")}.`,
      ),
    sides.created &&
      !lax &&
      narrows("client-certificates", "low", "mtls_policy", words("A new policy that asks for client certificates.")),
  );
};

export const httpsProxyRules: AccessRule = (sides) =>
  found(
    sides.altered &&
      sides.differs("server_tls_policy") &&
      (isEmpty(sides.becomes("server_tls_policy"))
        ? widens(
            "client-certificates",
            "critical",
            "server_tls_policy",
            words("The front no longer asks for client certificates."),
          )
        : changes(
            "client-certificates",
            "high",
            "server_tls_policy",
            words("The front's policy for client certificates changes."),
          )),
  );

/** A header about the client's certificate that the backend does not set passes through from the client as it is. */
export function clientCertificateHeaderRules(sides: Sides): readonly AccessFinding[] {
  if (!sides.altered || !sides.differs("custom_request_headers")) return [];
  const { removed, added } = sides.items("custom_request_headers");
  const about = (headers: readonly string[]): readonly string[] =>
    headers.filter((header) => headerNames.has(header.split(":", 1)[0]?.trim().toLowerCase() ?? ""));
  const [gone, come] = [about(removed), about(added)];
  if (gone.length === 0 && come.length === 0) return [];
  return [
    changes(
      "client-certificates",
      "high",
      "custom_request_headers",
      sentence`Headers about client certificates change: ${gone.join(", ") || "none"} removed, ${come.join(", ") || "none"} added; one that is not set can be forged by a client.`,
    ),
  ];
}

const headerNames: ReadonlySet<string> = new Set(
  Object.values(clientCertificateHeaders).map(({ name }) => name.toLowerCase()),
);
