/** Access: accounts by purpose, who may become them, what they may read, and the APIs that all of it needs. */
export { type DataRights, Datasets } from "./datasets";
export { GoogleApis } from "./google-apis";
export { PurposeServiceAccount } from "./purpose-service-account";
