export { CloudRunHandler, type CloudRunHandlerProps } from "./cloud-run-handler";
export type { WorkforcePoolReference } from "./gateway-app";
export type { GatewayAppDefinition } from "./gateway-app-definition";
export { MachineFront, type MachineFrontProps } from "./machine-front";
export { PeopleGateway, type PeopleGatewayProps } from "./people-gateway";
export type { SecretFile } from "./secret-file";
