/** How the providers and their clouds treat the resource types that the stacks use. */
export { withDefaults } from "./defaults";
export type { GoogleProject } from "./google-project";
export { isEqual, replacingChanges } from "./replacement";
export { isUnknown, type ResourceRules, type RuleContext, UNKNOWN, type Violation } from "./resource-rules";
export { resourceRules } from "./rules-table";
