/** What tests of Terraform on the twin share. */
export { type AttachedStore, attachStore, configurationOf, testProject } from "./attached-store";
export { describeWithTerraform, TerraformFolder, type TerraformPlan, type TerraformResult } from "./terraform-folder";
