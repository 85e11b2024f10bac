/** Access: accounts by purpose, who may become them and when, what they may read, approvals, and the APIs that all of it needs. */
export { AdministratorAccess, type AdministratorAccessProps } from "./administrator-access";
export { type CloudRunServiceName, grantCloudRunInvoke } from "./cloud-run-grant";
export {
  type CredentialConfigurationProps,
  type CredentialSource,
  credentialConfiguration,
} from "./credential-configuration";
export { type DataRights, Datasets, type DatasetsProps } from "./datasets";
export { DirectAccess, type DirectAccessProps } from "./direct-access";
export { GoogleApis, organizationApis } from "./google-apis";
export type { Holder } from "./holder";
export { type Approver, ProductionApproval, type ProductionApprovalProps } from "./production-approval";
export { PurposeServiceAccount, type PurposeServiceAccountProps } from "./purpose-service-account";
export { grantSecretRead, type SecretName } from "./secret-grant";
export type { TimeWindow, Weekday, WeeklyHours } from "./time-window";
