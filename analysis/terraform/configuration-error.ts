/** The Terraform JSON cannot be read or resolved; the message names the stack, the place and what is wrong. */
export class TerraformConfigurationError extends Error {
  override readonly name = "TerraformConfigurationError";
}
