export { createCachedDirectory } from "./cached-directory";
export { createDirectory } from "./create-directory";
export { type DirectoryConfig, directoryConfigSchema } from "./directory-config";
export {
  type Directory,
  type DirectoryAnswer,
  type DirectoryProblem,
  directoryProblems,
  type Membership,
  unknown,
} from "./membership";
export { createStaticDirectory } from "./static-directory";
