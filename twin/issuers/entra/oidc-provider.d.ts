/**
 * Parts of oidc-provider that are imported without its root: the root only adds a warning, on the console, that Node 20 is not supported.
 * Everything the twin uses runs on it, which the tests beside show.
 */
declare module "oidc-provider/lib/provider.js" {
  export { Provider } from "oidc-provider";
}

declare module "oidc-provider/lib/helpers/interaction_policy/index.js" {
  import { interactionPolicy } from "oidc-provider";
  export const base: typeof interactionPolicy.base;
  export const Check: typeof interactionPolicy.Check;
  export const Prompt: typeof interactionPolicy.Prompt;
}
