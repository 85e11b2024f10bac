import type { BuiltIn } from "./built-in";
import { foreignTenants } from "./foreign-tenants";
import { namedAdministrators } from "./named-administrators";
import { outsiderWorkflows } from "./outsider-workflows";
import { reusedNames } from "./reused-names";
import { selectiveProviders } from "./selective-providers";
import { separateEnvironments } from "./separate-environments";
import { sharedPrincipals } from "./shared-principals";

export type { BuiltIn } from "./built-in";

/** Invariants that need no writing. */
export const builtIns: readonly BuiltIn[] = [
  outsiderWorkflows,
  reusedNames,
  foreignTenants,
  sharedPrincipals,
  separateEnvironments,
  namedAdministrators,
  selectiveProviders,
];
