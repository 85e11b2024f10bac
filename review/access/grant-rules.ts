import { Hidden, type ShownValue, textOf } from "../model/shown-value";
import { join, type Sentence, sentence, words } from "../text/sentence";
import type { AccessFinding, GrantSummary } from "./access-change";
import { bareIdentity, type Grant, grantIdentity, grantsOf } from "./grants";
import { iamType } from "./iam-scope";
import { principalBreadth } from "./principal-breadth";
import { highest, type Rank } from "./rank";
import { rolePower } from "./role-power";
import type { Sides } from "./sides";

/** Roles and members of IAM policies that come and go. */
export function grantRules(sides: Sides): readonly AccessFinding[] {
  const was = grantsOf(sides.type, sides.before);
  const becomes = grantsOf(sides.type, sides.after);
  if (was === undefined || becomes === undefined)
    return iamType(sides.type) === undefined ? [] : [unreadablePolicy(sides)];
  const kept = new Set(was.map(grantIdentity));
  const keeps = new Set(becomes.map(grantIdentity));
  const removed = was.filter((grant) => !keeps.has(grantIdentity(grant)));
  const added = becomes.filter((grant) => !kept.has(grantIdentity(grant)));
  const before = new Map(removed.map((grant) => [bareIdentity(grant), grant]));
  const changedConditions = new Set(added.map(bareIdentity).filter((bare) => before.has(bare)));
  return [
    ...authority(sides),
    ...added.map((grant) => {
      const earlier = before.get(bareIdentity(grant));
      return earlier === undefined ? granted(grant) : conditionChanged(earlier, grant);
    }),
    ...removed.filter((grant) => !changedConditions.has(bareIdentity(grant))).map(revoked),
  ];
}

function granted(grant: Grant): AccessFinding {
  const { member, role, scope } = textsOf(grant);
  const { rank, because } = weigh(grant);
  const condition = grant.condition === undefined ? words("") : sentence`, on the condition ${textOf(grant.condition)}`;
  return {
    kind: "iam-grant",
    rank,
    effect: "widens",
    attributes: ["member", "members", "role", "policy_data", "access", "condition"],
    sentence: join(join(join(sentence`${member} gets ${role} on ${scope}`, condition), because), words(".")),
    grant: summaryOf(grant),
  };
}

function revoked(grant: Grant): AccessFinding {
  const { member, role, scope } = textsOf(grant);
  return {
    kind: "iam-revocation",
    rank: "low",
    effect: "narrows",
    attributes: ["member", "members", "role", "policy_data", "access", "condition"],
    sentence: sentence`${member} loses ${role} on ${scope}.`,
    grant: summaryOf(grant),
  };
}

function conditionChanged(was: Grant, becomes: Grant): AccessFinding {
  const { member, role, scope } = textsOf(becomes);
  const { rank, because } = weigh(becomes);
  const head = sentence`${member} keeps ${role} on ${scope}, `;
  const tail =
    becomes.condition === undefined
      ? sentence`no longer on the condition ${textOf(was.condition)}`
      : was.condition === undefined
        ? sentence`now on the condition ${textOf(becomes.condition)}`
        : sentence`on the condition ${textOf(becomes.condition)} instead of ${textOf(was.condition)}`;
  return {
    kind: "iam-condition",
    rank:
      becomes.condition === undefined
        ? highest(rank, "high")
        : was.condition === undefined
          ? "low"
          : highest(rank, "medium"),
    effect: becomes.condition === undefined ? "widens" : was.condition === undefined ? "narrows" : "changes",
    attributes: ["condition", "policy_data"],
    sentence: join(join(join(head, tail), because), words(".")),
    grant: summaryOf(becomes),
  };
}

/** Rank of a grant and why, for the end of the sentence. */
function weigh({ member, role, scope }: Grant): { readonly rank: Rank; readonly because: Sentence } {
  const breadth = principalBreadth(knownText(member));
  const power = rolePower(knownText(role), scope.kind);
  const reasons = [breadth.meaning, power.meaning].filter((reason) => reason !== undefined);
  const rank = breadth.kind === "deleted" ? "low" : highest(breadth.floor, power.rank);
  return { rank, because: words(reasons.length === 0 ? "" : `: ${reasons.join("; ")}`) };
}

/** Bindings and policies are authoritative: what they do not list, they remove. */
function authority(sides: Sides): readonly AccessFinding[] {
  const iam = iamType(sides.type);
  if (iam === undefined || iam.form === "member" || sides.altered) return [];
  const what = iam.form === "binding" ? "all members of its role" : "the whole IAM policy";
  return [
    {
      kind: "iam-authority",
      rank: iam.form === "binding" ? "medium" : "high",
      effect: "changes",
      attributes: [],
      sentence: words(
        sides.created
          ? `Takes over ${what} on the ${iam.kind}: whoever is not listed loses access.`
          : `Gives up ${what} on the ${iam.kind}: every listed member loses access.`,
      ),
    },
  ];
}

function unreadablePolicy(sides: Sides): AccessFinding {
  return {
    kind: "iam-authority",
    rank: "high",
    effect: "changes",
    attributes: ["policy_data"],
    sentence: words(
      `The whole IAM policy of the ${iamType(sides.type)?.kind ?? "resource"} changes to one that is not known yet.`,
    ),
  };
}

const knownText = (value: ShownValue): string | undefined => (typeof value === "string" ? value : undefined);

function textsOf({ member, role, scope }: Grant): {
  readonly member: string;
  readonly role: string;
  readonly scope: string;
} {
  return {
    member: member instanceof Hidden && member.reason === "unknown" ? `a member ${member.text}` : textOf(member),
    role: textOf(role),
    scope: `${scope.kind} ${scope.name}`,
  };
}

const summaryOf = (grant: Grant): GrantSummary => ({
  ...textsOf(grant),
  ...(grant.condition === undefined ? {} : { condition: textOf(grant.condition) }),
});
