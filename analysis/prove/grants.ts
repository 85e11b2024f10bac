import { basicRoles, rolePermissions } from "../../facts/roles";
import { accountKey, type Binding } from "../access/binding";
import type { AccessModel } from "../access/model";
import { federatedMember } from "./member";
import type { Route, Routes } from "./routes";

/** Bindings that give an account a role, wherever; its own policy left aside. */
export function grantsOf(model: AccessModel, email: string): readonly Binding[] {
  const member = `serviceAccount:${email}`;
  return [...model.bindings.values()].flat().filter((binding) => binding.member === member);
}

/** The account itself and all that it can become. */
export function accountsWithin(model: AccessModel, routes: Routes, email: string): readonly string[] {
  return [...model.accounts.keys()].filter((other) => other === email || routes.leads(email, other));
}

/** Rights that bindings give to federated identities themselves, on anything but accounts. */
export function directGrants(model: AccessModel): readonly Route[] {
  return [...model.bindings].flatMap(([key, bindings]) =>
    key.startsWith(accountKey(""))
      ? []
      : bindings.flatMap((binding): Route[] => {
          const member = federatedMember(binding.member);
          if (member === undefined) return [];
          const doubts = binding.condition === undefined ? [] : [`the IAM condition of ${binding.address} may hold`];
          return [{ binding, member, accounts: [], doubts }];
        }),
  );
}

/** Permissions that let nothing be changed; queries and quota change nothing by themselves. */
const harmless =
  /\.(get|list|getData|getIamPolicy|getAccessToken|getOpenIdToken|export|access|use)$|^bigquery\.(jobs\.create|config\.get)$/;

/** Whether a role lets its holder change anything; one that is not known here is taken to, unless it is a viewer's. */
export function changesSomething(role: string): boolean {
  const permissions = rolePermissions.get(role);
  if (permissions !== undefined) return [...permissions].some((permission) => !harmless.test(permission));
  if (basicRoles.has(role)) return role !== "roles/viewer";
  return !/^roles\/[A-Za-z0-9.]*(viewer|reader)$/i.test(role);
}
