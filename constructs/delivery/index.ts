export { CiIdentities, type CiIdentitiesProps, type CiIdentity } from "./ci-identities";
export { type CiRepository, deployWorkflow } from "./ci-pools";
export { DeployStep, type DeployStepProps } from "./deploy-step";
export { type DeployStepInputs, type DeployStepName, deploySteps } from "./deploy-step-inputs";
export { HandlerImage, type HandlerImageProps } from "./handler-image";
export { ImageRepository, type ImageRepositoryProps } from "./image-repository";
