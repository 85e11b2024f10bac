import type { ModelIndex } from "./model-index";
import type { Route, Routes } from "./routes";

/** The account itself and all that it can become. */
export function accountsWithin({ model }: ModelIndex, routes: Routes, email: string): readonly string[] {
  return [...model.accounts.keys()].filter((other) => other === email || routes.leads(email, other));
}

/** Rights that bindings give to federated identities themselves, on anything but accounts. */
export const directGrants = ({ direct }: ModelIndex): readonly Route[] =>
  direct.map(({ binding, member }) => ({
    binding,
    member,
    accounts: [],
    doubts: binding.condition === undefined ? [] : [`the IAM condition of ${binding.address} may hold`],
  }));
