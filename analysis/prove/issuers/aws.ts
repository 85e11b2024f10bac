import type { Issuer } from "../../access/federation";
import { charactersOf, union, wordCharacters } from "../character-set";
import type { ClaimVariable } from "../claim-variable";
import { choose, type Term, text } from "../term";
import { concat } from "../text-terms";
import type { IssuerKnowledge } from "./issuer-knowledge";
import { hidden, textClaims } from "./text-forms";

const accountOf = (issuer: Issuer): string => (issuer.kind === "aws" ? issuer.account : "");

const [role, session, user] = [hidden("role"), hidden("session"), hidden("user")];
/** Flags that choose the kind of caller and the partition. */
const [isRole, isUser, isFederated, isChina, isGovernment] = ["role?", "user?", "federated?", "cn?", "gov?"].map(
  hidden,
);
const nameCharacters = union(wordCharacters, charactersOf("+=,.@-"));

/**
 * Answers of sts:GetCallerIdentity: roles that are assumed, federated users, users and the root.
 * Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
 */
export const aws: IssuerKnowledge = {
  title: "AWS",
  covers: ({ kind }) => kind === "aws",
  claims: (issuer) => ({
    forms: textClaims(["arn", "account", "userid", role, session, user], []),
    alphabets: {
      [role]: nameCharacters,
      [session]: nameCharacters,
      [user]: union(nameCharacters, charactersOf("/")),
      userid: union(nameCharacters, charactersOf(":")),
    },
    derived: {
      account: () => text(accountOf(issuer)),
      arn: (token) => arnOf(token, accountOf(issuer)),
    },
  }),
  holds: () => [],
  reusable: [],
};

function arnOf(token: ClaimVariable, account: string): Term<"String"> {
  const flag = (key: string | undefined) => token.child(key ?? "").flag;
  const part = (key: string) => token.child(key).text;
  const within = (partition: string) => {
    const [sts, iam] = [`arn:${partition}:sts::${account}:`, `arn:${partition}:iam::${account}:`];
    const assumed = concat(text(`${sts}assumed-role/`), part(role), text("/"), part(session));
    const federated = concat(text(`${sts}federated-user/`), part(session));
    const plain = choose(flag(isUser), concat(text(`${iam}user/`), part(user)), text(`${iam}root`));
    return choose(flag(isRole), assumed, choose(flag(isFederated), federated, plain));
  };
  return choose(flag(isChina), within("aws-cn"), choose(flag(isGovernment), within("aws-us-gov"), within("aws")));
}
