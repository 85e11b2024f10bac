/** The twin as Terraform providers. */
export { type AttachmentOptions, attachTerraform, type TerraformAttachment } from "./attach";
export { TwinProvider, type TwinProviderOptions } from "./twin-provider";
