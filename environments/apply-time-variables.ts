import { type TerraformStack, TerraformVariable } from "cdktf";

/** What is known only when Terraform applies, as references. */
export interface ApplyTimeVariables {
  readonly tokenBrokerCertificatePem: string;
  readonly machineTrustAnchorPem: string;
}

/** Declares the variables. Terraform refuses a value that has not the form, before it changes anything. */
export function declareApplyTimeVariables(stack: TerraformStack): ApplyTimeVariables {
  return {
    tokenBrokerCertificatePem: certificate(
      stack,
      "token_broker_certificate_pem",
      "Public certificate that the token broker signs its client assertions with",
    ),
    machineTrustAnchorPem: certificate(
      stack,
      "machine_trust_anchor_pem",
      "Certificate of the authority that issues the machine clients' certificates",
    ),
  };
}

const certificate = (stack: TerraformStack, name: string, description: string): string =>
  variable(stack, name, `${description}, as PEM`, {
    pattern: "^\\\\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\\\s]+-----END CERTIFICATE-----\\\\s*$",
    expected: "Expected one certificate as PEM, and no private key.",
  });

/** @param form pattern in RE2, as it stands between the quotes of a Terraform string */
function variable(
  stack: TerraformStack,
  name: string,
  description: string,
  form: { readonly pattern: string; readonly expected: string },
): string {
  return new TerraformVariable(stack, name, {
    type: "string",
    nullable: false,
    description,
    validation: [{ condition: `\${can(regex("${form.pattern}", var.${name}))}`, errorMessage: form.expected }],
  }).stringValue;
}
