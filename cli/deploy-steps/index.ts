export { type DeployStepDependencies, defaultDependencies } from "./dependencies";
export { DeployStepError, type DeployStepErrorCode } from "./deploy-step-error";
export { runDeployStep, runDeployStepFromEnvironment } from "./run-deploy-step";
