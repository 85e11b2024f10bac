/**
 * Headers by which the load balancer tells a backend about the client's certificate, and the load balancer's variable
 * behind each. Every backend service sets all of them, also those without mutual TLS: a header that a backend does
 * not set would pass through from the client as it is.
 * Source: cloud.google.com/load-balancing/docs/https/custom-headers#mtls-variables.
 */
export const clientCertificateHeaders = {
  present: { name: "X-Client-Cert-Present", variable: "{client_cert_present}" },
  chainVerified: { name: "X-Client-Cert-Chain-Verified", variable: "{client_cert_chain_verified}" },
  error: { name: "X-Client-Cert-Error", variable: "{client_cert_error}" },
  sha256Fingerprint: { name: "X-Client-Cert-Sha256-Fingerprint", variable: "{client_cert_sha256_fingerprint}" },
  serialNumber: { name: "X-Client-Cert-Serial-Number", variable: "{client_cert_serial_number}" },
  spiffeId: { name: "X-Client-Cert-Spiffe-Id", variable: "{client_cert_spiffe_id}" },
  uriSans: { name: "X-Client-Cert-Uri-Sans", variable: "{client_cert_uri_sans}" },
  dnsNameSans: { name: "X-Client-Cert-Dnsname-Sans", variable: "{client_cert_dnsname_sans}" },
  subjectDn: { name: "X-Client-Cert-Subject-Dn", variable: "{client_cert_subject_dn}" },
  issuerDn: { name: "X-Client-Cert-Issuer-Dn", variable: "{client_cert_issuer_dn}" },
  notAfter: { name: "X-Client-Cert-Valid-Not-After", variable: "{client_cert_valid_not_after}" },
  leaf: { name: "X-Client-Cert-Leaf", variable: "{client_cert_leaf}" },
} as const;

/** The list as a backend service's custom_request_headers takes it. */
export const clientCertificateRequestHeaders: readonly string[] = Object.values(clientCertificateHeaders).map(
  ({ name, variable }) => `${name}:${variable}`,
);
