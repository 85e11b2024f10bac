import { googleIssuer } from "../../../facts/issuers";
import { and, implies, text } from "../term";
import { contains } from "../text-terms";
import type { IssuerKnowledge } from "./issuer-knowledge";
import { digitsOnly, isNoneOf, textClaims } from "./text-forms";

/**
 * ID tokens of Google accounts and of service accounts; of either kind anybody may have one made, for any audience.
 * `hd` is there for accounts of a Workspace domain only.
 * Source: developers.google.com/identity/openid-connect/openid-connect.
 */
export const google: IssuerKnowledge = {
  title: "Google",
  covers: (issuer) => issuer.kind === "oidc" && issuer.issuer.replace(/\/$/, "") === googleIssuer,
  claims: () => ({
    forms: { ...textClaims(["sub"], ["azp", "hd", "email", "name"]), email_verified: ["absent", "flag"] },
    alphabets: { sub: digitsOnly },
  }),
  holds: (token) => {
    if (!token.children.has("email")) return [];
    const email = token.child("email");
    return [implies(email.is("text"), contains(email.text, text("@")))];
  },
  reusable: [{ what: "e-mail address", ids: ["sub"], names: ["email", "name"], derived: [] }],
  tenancy: {
    id: "hd",
    stranger: (token, mentioned) =>
      and(
        isNoneOf(token.child("hd"), mentioned),
        isNoneOf(token.child("sub"), mentioned),
        isNoneOf(token.child("email"), mentioned),
      ),
    namesIn: () => [],
  },
};
