export { anyContainerRegistry, ContainerRegistry, type ContainerRegistryOptions } from "./container-registry";
