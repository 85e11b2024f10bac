/** The local twin of Google Cloud and Entra. */
export type { DeployStep, StackConfiguration } from "./apply/apply-terraform-json";
export type { Decision } from "./events";
export { type AssertionAlteration, signAssertion } from "./gateway";
export { forkPullRequest, Issuer, kubernetesClaims, type WorkflowRun } from "./issuers";
export { type CertificateAuthority, createCertificateAuthority, PortTakenError } from "./network";
export {
  createTwinKeys,
  loadResources,
  readTwinKeys,
  SavedResourcesError,
  saveResources,
  type TwinKeys,
} from "./persistence";
export { projectDirectory } from "./runner/project-directory";
export type { TerraformAttachment } from "./terraform/provider";
export { startTwin, type Twin, type TwinOptions } from "./twin";
