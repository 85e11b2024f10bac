export { DeployStep, type DeployStepProps } from "./deploy-step";
export { type DeployStepInputs, type DeployStepName, deploySteps } from "./deploy-step-inputs";
