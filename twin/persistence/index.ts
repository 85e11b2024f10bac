/** What a twin needs to go on where another one ended. */
export { loadResources, SavedResourcesError, saveResources } from "./saved-resources";
export { authorities, createTwinKeys, readTwinKeys, type TwinKeys } from "./twin-keys";
